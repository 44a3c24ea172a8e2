// Integrity proofs (FEP-8b32): whether Fedify believes Folkmoot's, and activities with Fedify's own that somebody else passes on.
import { signRequest, verifyObject, verifyProof } from "@fedify/fedify";
import { Activity, Create, Object as AnyObject } from "@fedify/vocab";

// proven says of every activity that came in whether its proof holds and is by its actor.
export async function proven(ctx, state) {
  const out = [];
  for (const [id, body] of state.bodies) {
    out.push({ id, type: body.type, proven: (await verifyObject(Activity, body, loadersOf(ctx))) != null });
  }
  return out;
}

// provenDocument says whose keys the proofs of an actor's document are by. verifyObject would not do: it wants a proof by the
// attributedTo too, which for a group is the list of its moderators.
export async function provenDocument(ctx, _, { as, url }) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: as });
  const { document } = await documentLoader(url);
  const object = await AnyObject.fromJsonLd(document, loadersOf(ctx));
  const by = [];
  for await (const proof of object.getProofs(loadersOf(ctx))) {
    by.push((await verifyProof(document, proof, loadersOf(ctx)))?.controllerId?.href ?? null);
  }
  return { by };
}

// caught is where an activity goes that is to be passed on by somebody else.
export function caught(_, state, body) {
  state.caught = body;
  return {};
}

// passOn has somebody deliver what an author here wrote, with the author's proof. Nobody can look it up here. Spoil changes it
// on the way.
export async function passOn(ctx, state, { by, author, group, note, spoil }) {
  const create = new Create({
    id: new URL(`${note.id.href}#create`), actor: ctx.getActorUri(author), object: note, tos: note.toIds, ccs: note.ccIds,
  });
  const sink = { id: new URL("/sink", ctx.origin), inboxId: new URL("/control/caught", ctx.origin) };
  await ctx.sendActivity({ identifier: author }, sink, create, { immediate: true });
  if (spoil) state.caught.object.content = "<p>What somebody else wants Ann to have said</p>";
  const [rsa] = await ctx.getActorKeyPairs(by);
  const request = new Request(`${group}/inbox`, {
    method: "POST", body: JSON.stringify(state.caught), headers: { "Content-Type": "application/activity+json" },
  });
  const answer = await fetch(await signRequest(request, rsa.privateKey, rsa.keyId));
  return { status: answer.status, proof: state.caught.proof };
}

function loadersOf(ctx) {
  return { documentLoader: ctx.documentLoader, contextLoader: ctx.contextLoader };
}
