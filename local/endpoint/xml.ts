/** Text made safe to stand in XML or HTML, in content as in quoted attributes. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Names an element; several children of one name are an array. */
export type XmlTree = string | number | boolean | undefined | readonly XmlTree[] | { readonly [name: string]: XmlTree };

/** Elements of a tree in the order of its keys; undefined ones are left out. */
export function toXml(name: string, tree: XmlTree): string {
  if (tree === undefined) return '';
  if (Array.isArray(tree)) return tree.map((child) => toXml(name, child as XmlTree)).join('');
  if (typeof tree !== 'object') return `<${name}>${escapeXml(String(tree))}</${name}>`;
  const children = Object.entries(tree).map(([child, value]) => toXml(child, value as XmlTree));
  return `<${name}>${children.join('')}</${name}>`;
}
