// What the tests can have the peer do, and what they can ask it. Each command gets Fedify's context, the peer's state and the
// arguments; its answer goes back as JSON.
import { detachSignature, verifyJsonLd, verifyObject } from "@fedify/fedify";
import { Activity, Create, Delete, Follow, Like, Mention, Note, PUBLIC_COLLECTION, Tombstone, Undo, Update } from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";
import { caught, passOn, proven, provenDocument } from "./proof.mjs";
import { read, readCollection, readNodeInfo, readWebFinger } from "./read.mjs";

export const control = {
  // What came in and who came by.
  seen: (_, state) => state.seen,
  posted: (_, state) => state.posted,
  visitors: (_, state) => state.visitors,

  read, readCollection, readNodeInfo, readWebFinger,
  proven, provenDocument, caught,

  // verifyInner checks the author's own signatures inside what was announced.
  async verifyInner(ctx, state, { id }) {
    const inner = state.bodies.get(id).object;
    const loaders = { documentLoader: ctx.documentLoader, contextLoader: ctx.contextLoader };
    const proven = await verifyObject(Activity, detachSignature(inner), loaders); // made before the other signature
    return { proof: proven != null, signature: await verifyJsonLd(inner, loaders) };
  },

  // follow looks up a handle and follows what it finds.
  async follow(ctx, state, { as, handle }) {
    const group = await ctx.lookupObject(handle);
    if (group == null) throw new Error(`${handle} was not found`);
    const id = ctx.getObjectUri(Follow, { identifier: as, id: String(state.next++) });
    const follow = new Follow({ id, actor: ctx.getActorUri(as), object: group.id, to: group.id });
    state.objects.set(id.href, follow);
    await send(ctx, as, group, follow);
    return { id: id.href, group: group.id.href, type: group.constructor.name, name: group.name?.toString() };
  },

  async unfollow(ctx, state, { as, group, follow }) {
    await send(ctx, as, await ctx.lookupObject(group), new Undo({
      id: new URL(`${follow}#undo`), actor: ctx.getActorUri(as), object: state.objects.get(follow), to: new URL(group),
    }));
    return {};
  },

  // again sends the same activity once more, as servers do whose record of an answer was lost.
  async again(ctx, state, { as, group, id }) {
    await send(ctx, as, await ctx.lookupObject(group), state.objects.get(id));
    return {};
  },

  async post(ctx, state, { as, text, group, inReplyTo }) {
    const note = noteOf(ctx, as, { id: String(state.next++), text, group, inReplyTo, published: minutesAgo(1) });
    state.objects.set(note.id.href, note);
    await send(ctx, as, await ctx.lookupObject(group), new Create({
      id: new URL(`${note.id.href}#create`), actor: ctx.getActorUri(as), object: note, tos: note.toIds, ccs: note.ccIds,
    }));
    return { id: note.id.href };
  },

  // whisper writes to one actor and nobody else, as an answer to something or not.
  async whisper(ctx, state, { as, text, to, inReplyTo }) {
    const whom = await ctx.lookupObject(to);
    const name = `@${whom.preferredUsername}`;
    const note = new Note({
      id: ctx.getObjectUri(Note, { identifier: as, id: String(state.next++) }), attribution: ctx.getActorUri(as), content: `<p>${name} ${text}</p>`,
      published: minutesAgo(0), to: whom.id, replyTarget: inReplyTo ? new URL(inReplyTo) : null,
      tags: [new Mention({ href: whom.id, name })],
    });
    state.objects.set(note.id.href, note);
    await send(ctx, as, whom, new Create({
      id: new URL(`${note.id.href}#create`), actor: ctx.getActorUri(as), object: note, tos: note.toIds,
    }));
    return { id: note.id.href };
  },

  async edit(ctx, state, { as, text, group, post }) {
    const before = state.objects.get(post);
    const note = noteOf(ctx, as, { id: post.split("/").pop(), text, group, published: before.published, updated: minutesAgo(0) });
    state.objects.set(post, note);
    await send(ctx, as, await ctx.lookupObject(group), new Update({
      id: new URL(`${post}#update/${state.next++}`), actor: ctx.getActorUri(as), object: note, tos: note.toIds, ccs: note.ccIds,
    }));
    return {};
  },

  async remove(ctx, state, { as, group, post }) {
    state.objects.set(post, null);
    await send(ctx, as, await ctx.lookupObject(group), new Delete({
      id: new URL(`${post}#delete`), actor: ctx.getActorUri(as), object: new Tombstone({ id: new URL(post) }),
      to: PUBLIC_COLLECTION,
    }));
    return {};
  },

  async like(ctx, state, { as, group, post }) {
    await send(ctx, as, await ctx.lookupObject(group), new Like({
      id: new URL(`${ctx.getActorUri(as)}#likes/${state.next++}`), actor: ctx.getActorUri(as), object: new URL(post),
    }));
    return {};
  },

  passOn: (ctx, state, { by, author, text, group, spoil }) => passOn(ctx, state, {
    by, author, group, spoil, note: noteOf(ctx, author, { id: String(state.next++), text, group, published: minutesAgo(1) }),
  }),

  // rotate gives somebody new keys and tells nobody.
  async rotate(_, state, { as }) {
    state.keys[as] = await state.newKeys();
    await state.keep();
    return {};
  },
};

function minutesAgo(n) {
  return Temporal.Now.instant().subtract({ minutes: n });
}

function noteOf(ctx, as, { id, text, group, inReplyTo, published, updated }) {
  return new Note({
    id: ctx.getObjectUri(Note, { identifier: as, id }), attribution: ctx.getActorUri(as), content: `<p>${text}</p>`,
    published, updated, to: PUBLIC_COLLECTION, ccs: [ctx.getFollowersUri(as), new URL(group)], replyTarget: inReplyTo ? new URL(inReplyTo) : null,
    tags: [new Mention({ href: new URL(group), name: "@group" })],
  });
}

// send delivers at once to the inbox the group names, and throws if the answer is no success.
async function send(ctx, as, group, activity) {
  await ctx.sendActivity({ identifier: as }, group, activity, { immediate: true });
}
