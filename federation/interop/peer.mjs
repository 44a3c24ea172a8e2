// A small microblog server made with Fedify, which is not ours: it looks up, signs and verifies in its own way. The tests
// steer it through /control and read there what came in. What it is comes from the environment:
//
//   PORT             of 127.0.0.1
//   CERT, KEY        files with its TLS certificate and key
//   STATE            folder that outlives the process: the people's keys
//   SOFTWARE         its name in NodeInfo; without one there is no NodeInfo
//   FIRST_KNOCK      the signature scheme it tries first, Fedify's own choice if empty
//   ONLY             the one signature scheme its inboxes take, both if empty
//   SECURE           shows people only to those who sign (authorized fetch)
import { createFederation, exportJwk, generateCryptoKeyPair, importJwk, MemoryKvStore } from "@fedify/fedify";
import { Activity, Endpoints, Follow, Note, Person } from "@fedify/vocab";
import { serve } from "@hono/node-server";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { control } from "./control.mjs";

const { PORT, CERT, KEY, STATE, SOFTWARE, FIRST_KNOCK, ONLY, SECURE } = process.env;
const cavage = "draft-cavage-http-signatures-12";
const people = ["ann", "bob"];

const state = {
  keys: {}, // of each person: an RSA and an Ed25519 pair
  objects: new Map(), // of people here, by id; null once deleted
  seen: [], // activities that Fedify took, in order
  posted: [], // every POST to an inbox, with what was answered
  bodies: new Map(), // of those POSTs, by the activity's id
  visitors: [], // who signed to see a person
  next: Date.now(), // number of the next object, new after a restart too
};

// newKeys makes an RSA key of Mastodon's size: Fedify's own is twice as long and takes a second to make.
state.newKeys = async () => [
  await crypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
    true, ["sign", "verify"],
  ),
  await generateCryptoKeyPair("Ed25519"),
];

state.keep = async () => {
  const all = {};
  for (const name of people) {
    all[name] = await Promise.all(state.keys[name].map(
      async (pair) => [await exportJwk(pair.publicKey), await exportJwk(pair.privateKey)],
    ));
  }
  writeFileSync(`${STATE}/keys.json`, JSON.stringify(all), { mode: 0o600 });
};

async function readKeys() {
  let kept = {};
  try {
    kept = JSON.parse(readFileSync(`${STATE}/keys.json`, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  for (const name of people) {
    state.keys[name] = kept[name]
      ? await Promise.all(kept[name].map(async ([open, secret]) => ({
        publicKey: await importJwk(open, "public"), privateKey: await importJwk(secret, "private"),
      })))
      : await state.newKeys();
  }
  await state.keep();
}

const federation = createFederation({
  kv: new MemoryKvStore(), allowPrivateAddress: true, ...(FIRST_KNOCK && { firstKnock: FIRST_KNOCK }),
});

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (!people.includes(identifier)) return null;
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier), preferredUsername: identifier, name: identifier,
      inbox: ctx.getInboxUri(identifier), endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      followers: ctx.getFollowersUri(identifier), publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .mapHandle((_, username) => (people.includes(username) ? username : null))
  .setKeyPairsDispatcher((_, identifier) => state.keys[identifier] ?? [])
  .authorize(async (ctx) => {
    const visitor = SECURE ? await ctx.getSignedKeyOwner() : null;
    if (visitor) state.visitors.push({ id: visitor.id.href, type: visitor.constructor.name });
    return !SECURE || visitor != null;
  });

federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [] }));

for (const [type, path] of [[Note, "posts"], [Follow, "follows"]]) {
  federation.setObjectDispatcher(type, `/users/{identifier}/${path}/{id}`, (ctx, values) => {
    return state.objects.get(ctx.getObjectUri(type, values).href) ?? null;
  });
}

if (SOFTWARE) {
  federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
    software: { name: SOFTWARE, version: "1.0.0" }, protocols: ["activitypub"],
    usage: { users: { total: people.length }, localPosts: state.objects.size, localComments: 0 },
  }));
}

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Activity, async (ctx, activity) => {
    const entry = outline(activity);
    const loaders = { documentLoader: ctx.documentLoader, contextLoader: ctx.contextLoader, suppressError: true };
    // As it arrived, and as Fedify's applications get it, which believe nobody about the objects of other servers.
    entry.inner = outline(await activity.getObject({ ...loaders, crossOrigin: "trust" }));
    entry.confirmed = outline(await activity.getObject(loaders));
    state.seen.push(entry);
  });

function outline(thing) {
  if (thing == null) return {};
  return {
    type: thing.constructor.name, id: thing.id?.href, actor: thing.actorId?.href, object: thing.objectId?.href,
    name: thing.name?.toString(), content: thing.content?.toString(), inReplyTo: thing.replyTargetId?.href, to: thing.toIds?.map((id) => id.href), cc: thing.ccIds?.map((id) => id.href),
  };
}

// take notes every POST to an inbox: how it was signed, what it was, and what this server answered.
async function take(request) {
  const scheme = request.headers.has("Signature-Input") ? "rfc9421" : request.headers.has("Signature") ? cavage : "";
  const body = await request.clone().json();
  const answer = ONLY && scheme !== ONLY
    ? new Response("Sign the other way.", { status: 401 })
    : await federation.fetch(request, { contextData: undefined });
  state.bodies.set(body.id, body);
  state.posted.push({ path: new URL(request.url).pathname, scheme, id: body.id, type: body.type, status: answer.status });
  return answer;
}

async function handle(request) {
  const url = new URL(request.url);
  const command = url.pathname.match(/^\/control\/(\w+)$/)?.[1];
  if (command == null) {
    return await (request.method === "POST" ? take(request) : federation.fetch(request, { contextData: undefined }));
  }
  try {
    const ctx = federation.createContext(new URL(url.origin), undefined);
    return Response.json(await control[command](ctx, state, await request.json()));
  } catch (error) {
    return Response.json({ error: error.stack ?? String(error) }, { status: 500 });
  }
}

await readKeys();
serve(
  {
    fetch: handle, port: Number(PORT), hostname: "127.0.0.1", createServer,
    serverOptions: { cert: readFileSync(CERT), key: readFileSync(KEY) },
  },
  () => console.log("listening"),
);
