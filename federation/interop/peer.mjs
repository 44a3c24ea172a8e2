// A small server made with Fedify, which is not ours: it fetches, signs and verifies in its own way. The test steers it
// through /control and reads what it made of Folkmoot's activities from /control/seen.
import { createFederation, generateCryptoKeyPair, MemoryKvStore } from "@fedify/fedify";
import {
  Accept, Activity, Announce, Create, Delete, Endpoints, Follow, Mention, Note, Person, PUBLIC_COLLECTION, Reject, Tombstone,
  Undo, Update,
} from "@fedify/vocab";
import { serve } from "@hono/node-server";

const port = Number(process.env.PORT ?? 0);
const people = ["ann", "bob"];
const keys = {};
const posts = new Map(); // id -> { as, note }
const gone = new Set();
const seen = []; // activities that arrived with a valid signature
let next = 1;

async function newKeys() {
  return [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];
}
for (const name of people) keys[name] = await newKeys();

const federation = createFederation({ kv: new MemoryKvStore(), allowPrivateAddress: true });

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (!people.includes(identifier)) return null;
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier), preferredUsername: identifier, name: identifier,
      inbox: ctx.getInboxUri(identifier), endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      followers: ctx.getFollowersUri(identifier), publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((p) => p.multikey),
    });
  })
  .mapHandle((_, username) => (people.includes(username) ? username : null))
  .setKeyPairsDispatcher((_, identifier) => keys[identifier] ?? []);

federation.setFollowersDispatcher("/users/{identifier}/followers", () => ({ items: [] }));

federation.setObjectDispatcher(Note, "/users/{identifier}/posts/{id}", (ctx, values) => {
  const uri = ctx.getObjectUri(Note, values).href;
  return gone.has(uri) ? null : (posts.get(uri)?.note ?? null);
});

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Activity, async (ctx, activity) => {
    const entry = { type: activity.constructor.name, id: activity.id?.href, actor: activity.actorId?.href, object: activity.objectId?.href };
    if (activity instanceof Accept || activity instanceof Reject || activity instanceof Undo) {
      const inner = await activity.getObject(ctx);
      entry.inner = { type: inner?.constructor.name, id: inner?.id?.href, actor: inner?.actorId?.href, object: inner?.objectId?.href };
    }
    seen.push(entry);
  });

function noteOf(ctx, as, { id, text, mention, inReplyTo, updated }) {
  return new Note({
    id: ctx.getObjectUri(Note, { identifier: as, id }), attribution: ctx.getActorUri(as), content: `<p>${text}</p>`,
    to: PUBLIC_COLLECTION, ccs: [ctx.getFollowersUri(as), new URL(mention)], published: Temporal.Now.instant(),
    updated: updated ? Temporal.Now.instant() : undefined, replyTarget: inReplyTo ? new URL(inReplyTo) : undefined,
    tags: [new Mention({ href: new URL(mention), name: "@group" })],
  });
}

const control = {
  // Looks up a handle by WebFinger and follows what it finds.
  async follow(ctx, { as, handle }) {
    const group = await ctx.lookupObject(handle);
    if (group == null) throw new Error(`${handle} was not found`);
    const id = new URL(`/users/${as}#follow/${next++}`, ctx.origin);
    await send(ctx, as, group, new Follow({ id, actor: ctx.getActorUri(as), object: group.id, to: group.id }));
    return { group: group.id.href, type: group.constructor.name, name: group.name?.toString(), follow: id.href };
  },
  async unfollow(ctx, { as, group, follow }) {
    const inner = new Follow({ id: new URL(follow), actor: ctx.getActorUri(as), object: new URL(group) });
    const id = new URL(`/users/${as}#undo/${next++}`, ctx.origin);
    await send(ctx, as, await ctx.lookupObject(group), new Undo({ id, actor: ctx.getActorUri(as), object: inner }));
    return {};
  },
  async post(ctx, { as, text, mention, inReplyTo }) {
    const note = noteOf(ctx, as, { id: String(next++), text, mention, inReplyTo });
    posts.set(note.id.href, { as, note });
    const id = new URL(note.id.href + "#create");
    await send(ctx, as, await ctx.lookupObject(mention), new Create({ id, actor: ctx.getActorUri(as), object: note, to: note.toId, ccs: note.ccIds }));
    return { id: note.id.href };
  },
  async edit(ctx, { as, post, text, mention }) {
    const note = noteOf(ctx, as, { id: post.split("/").pop(), text, mention, updated: true });
    posts.set(post, { as, note });
    const id = new URL(`${post}#update/${next++}`);
    await send(ctx, as, await ctx.lookupObject(mention), new Update({ id, actor: ctx.getActorUri(as), object: note, to: PUBLIC_COLLECTION }));
    return {};
  },
  async remove(ctx, { as, post, mention }) {
    gone.add(post);
    const object = new Tombstone({ id: new URL(post) });
    await send(ctx, as, await ctx.lookupObject(mention), new Delete({ id: new URL(post + "#delete"), actor: ctx.getActorUri(as), object, to: PUBLIC_COLLECTION }));
    return {};
  },
  async rotate(_, { as }) {
    keys[as] = await newKeys();
    return {};
  },
  async fetch(ctx, { as, url }) {
    const loader = await ctx.getDocumentLoader({ identifier: as });
    return (await loader(url)).document;
  },
  seen: async () => seen,
};

async function send(ctx, as, group, activity) {
  await ctx.sendActivity({ identifier: as }, { id: group.id, inboxId: group.inboxId }, activity, { immediate: true });
}

async function handle(request) {
  const url = new URL(request.url);
  const name = url.pathname.match(/^\/control\/(\w+)$/)?.[1];
  if (name == null) return await federation.fetch(request, { contextData: undefined });
  const ctx = federation.createContext(new URL(url.origin), undefined);
  try {
    const answer = await control[name](ctx, request.method === "POST" ? await request.json() : {});
    return Response.json(answer);
  } catch (error) {
    return Response.json({ error: String(error) }, { status: 500 });
  }
}

const server = serve({ fetch: handle, port, hostname: "127.0.0.1" }, (info) => console.log(`listening ${info.port}`));
process.on("SIGTERM", () => server.close());
