import type { ObjectTree } from '../mapi/object-tree.ts';
import { sizeOfValue } from '../mapi/property-comparison.ts';

/** Bytes of all values of a message and what is below it: what it will take of its mailbox, roughly. */
export const treeSize = (tree: ObjectTree): number =>
  [...tree.properties].reduce((sum, [tag, value]) => sum + sizeOfValue(tag, value), 0) +
  tree.children.reduce((sum, child) => sum + treeSize(child), 0);
