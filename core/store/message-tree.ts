import type { ObjectTree } from '../mapi/object-tree.ts';
import type { Properties } from '../mapi/property.ts';
import type { Statements } from '../platform/database.ts';
import type { Platform } from '../platform/platform.ts';
import { readDescendants } from './load.ts';
import { readObjectRow } from './object-row.ts';
import { propertiesFromRest, unpackProperties, valueFromBlob } from './property-document.ts';
import { rowProperties } from './row-properties.ts';
import type { LoadedTarget } from './target.ts';

/** A message as a tree that is being built. */
interface Branch extends ObjectTree {
  readonly children: ObjectTree[];
}

/**
 * A message with everything below it and all values, however large: what mail
 * is made of. Statements: one for each page of recipients and attachments.
 */
export async function readMessageTree(
  platform: Platform,
  statements: Statements,
  target: LoadedTarget,
): Promise<ObjectTree> {
  const { object, documents } = target;
  const rows = await readDescendants(statements, object.id);
  const branch = async (kind: number, own: Properties, props: string, overflow: string | null): Promise<Branch> => {
    const properties = await allValues(platform, props, overflow);
    for (const [tag, value] of own) properties.set(tag, value);
    return { kind, properties, children: [] };
  };
  const top = await branch(object.kind, rowProperties(object), documents.props, documents.overflow);
  const byId = new Map([[object.id, top]]);
  for (const row of rows) {
    const child = readObjectRow(row);
    const read = await branch(child.kind, rowProperties(child), row.o_props, row.o_overflow);
    byId.set(child.id, read);
    byId.get(child.parentId)?.children.push(read);
  }
  return top;
}

/** Every value of a row, also those that lie in blobs. */
export async function allValues(platform: Platform, props: string, overflow: string | null): Promise<Properties> {
  const { values, large, rest } = unpackProperties(props, overflow);
  const blobs = await Promise.all(
    [...large].flatMap(([tag, { blob }]) =>
      blob === undefined ? [] : [platform.blobs.get(blob).then((bytes) => [tag, valueFromBlob(tag, bytes)] as const)],
    ),
  );
  for (const [tag, value] of blobs) values.set(tag, value);
  if (rest !== undefined)
    for (const [tag, value] of propertiesFromRest(await platform.blobs.get(rest))) values.set(tag, value);
  return values;
}
