// Reads Folkmoot's documents with Fedify's parsers and says what they made of them.
import { parseNodeInfo } from "@fedify/fedify";
import { Object as AnyObject } from "@fedify/vocab";
import jsonld from "@fedify/vocab-runtime/jsonld";
import { lookupWebFinger } from "@fedify/webfinger";

// read fetches a document, signed by somebody here, and parses it twice: as JSON-LD and into Fedify's class for it. undefined are
// the terms that no context explains, unknown the properties that the class does not have, changed those it has differently.
export async function read(ctx, _, { as, url }) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: as });
  const { document } = await documentLoader(url);
  const [expanded] = await jsonld.expand(document, { documentLoader: ctx.contextLoader, safe: true });
  const object = await AnyObject.fromJsonLd(document, { documentLoader, contextLoader: ctx.contextLoader });
  const [again] = await object.toJsonLd({ format: "expand", contextLoader: ctx.contextLoader });
  const properties = Object.keys(expanded).sort();
  return {
    document, type: object.constructor.name, ...(await facts(object)), undefined: undefinedTerms(expanded),
    unknown: properties.filter((key) => !(key in again)),
    changed: properties.filter((key) => key in again && canonical(expanded[key]) !== canonical(again[key])),
  };
}

// undefinedTerms finds what ActivityStreams' context makes of a term it has never heard of: a blank node.
function undefinedTerms(value) {
  if (typeof value === "string") return value.startsWith("_:") ? [value] : [];
  if (value == null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(
    ([key, inner]) => (key === "@value" ? [] : [...undefinedTerms(key), ...undefinedTerms(inner)]),
  );
}

// facts are what the class says where a document might read otherwise than it looks.
async function facts(object) {
  const out = {};
  if ("inboxId" in object) {
    out.actor = {
      id: object.id.href, username: object.preferredUsername, name: object.name?.toString(), inbox: object.inboxId?.href,
      sharedInbox: object.endpoints?.sharedInbox?.href, outbox: object.outboxId?.href, followers: object.followersId?.href,
      following: object.followingId?.href, featured: object.featuredId?.href, published: object.published?.toString(),
      approves: object.manuallyApprovesFollowers, discoverable: object.discoverable, indexable: object.indexable,
      summary: object.summary?.toString(), source: object.source?.content?.toString(),
    };
    out.keys = [];
    for await (const key of object.getPublicKeys()) {
      out.keys.push({ id: key.id.href, owner: key.ownerId.href, algorithm: key.publicKey.algorithm.name });
    }
    for await (const key of object.getAssertionMethods()) {
      out.keys.push({ id: key.id.href, owner: key.controllerId.href, algorithm: key.publicKey.algorithm.name });
    }
  }
  return out;
}

// canonical writes expanded JSON-LD so that equal things are equal texts; the order of a set means nothing.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (value == null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${key}:${canonical(value[key])}`).join()}}`;
}

// readCollection walks a collection as Fedify's applications do.
export async function readCollection(ctx, _, { as, url }) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: as });
  const collection = await ctx.lookupObject(url, { documentLoader });
  const items = [];
  for await (const item of ctx.traverseCollection(collection, { documentLoader })) {
    items.push({ type: item.constructor.name, id: item.id?.href, actor: item.actorId?.href, object: item.objectId?.href });
  }
  return { type: collection.constructor.name, total: collection.totalItems, items };
}

export async function readWebFinger(_, __, { resource }) {
  return await lookupWebFinger(resource, { allowPrivateAddress: true });
}

// readNodeInfo finds the NodeInfo documents of a server and parses them strictly. Fedify's own getNodeInfo would do the same, but
// asks no private address.
export async function readNodeInfo(_, __, { origin }) {
  const links = (await (await fetch(`${origin}/.well-known/nodeinfo`)).json()).links;
  const documents = {};
  for (const { rel, href } of links.filter((link) => link.rel.startsWith("http://nodeinfo.diaspora.software/ns/schema/"))) {
    documents[rel.split("/").pop()] = parseNodeInfo(await (await fetch(href)).json());
  }
  return documents;
}
