import { PSETID_COMMON } from '../../mapi/named-properties.ts';
import { isNamed, type PropertyTag, propertyId, propertyType, type ReadonlyProperties } from '../../mapi/property.ts';
import { MV_FLAG, PT_ERROR, PT_NULL, PT_OBJECT, PT_UNSPECIFIED } from '../../mapi/property-types.ts';
import * as tags from '../../mapi/tags.ts';
import type { TnefName, TnefProperty } from '../../mapi/tnef/properties.ts';
import { writeTnef } from '../../mapi/tnef/writer.ts';
import type { PropertyName } from '../../store/named-properties.ts';
import { isForeign, isSaidByMail } from '../tnef-properties.ts';
import type { Bodies } from './body.ts';
import type { Part } from './part.ts';

/** Names of the named properties that a message has, by their tags. */
export type Names = ReadonlyMap<PropertyTag, PropertyName>;

/** PidLidVerbStream: the choices of a vote. */
const VERB_STREAM = 0x8520;

/**
 * The winmail.dat of a message of which mail says too little: requests for tasks,
 * what a delegate gets by a rule, votes, and bodies in RTF of their own (observed on
 * 11.0.2). Undefined for all others.
 */
export function tnefPart(properties: ReadonlyProperties, bodies: Bodies, names: Names): Part | undefined {
  if (bodies.rtf === undefined && !needsTnef(properties, names)) return undefined;
  const body = bodies.rtf ? tags.PR_RTF_COMPRESSED : bodies.html ? tags.PR_HTML : undefined;
  const travelling = [...properties].filter(([tag]) => tag === body || travels(tag));
  const written = travelling.flatMap(([tag, value]): TnefProperty[] => {
    if (!isNamed(tag)) return [{ tag, value }];
    const name = completeName(names.get(tag));
    return name ? [{ tag, name, value }] : [];
  });
  return {
    type: 'application/ms-tnef',
    encoding: 'base64',
    disposition: 'attachment',
    fileName: 'winmail.dat',
    content: writeTnef(written),
  };
}

function needsTnef(properties: ReadonlyProperties, names: Names): boolean {
  if (/^ipm\.task/i.test(String(properties.get(tags.PR_MESSAGE_CLASS) ?? ''))) return true;
  if (properties.get(tags.PR_DELEGATED_BY_RULE) === true) return true;
  return [...properties.keys()].some((tag) => {
    const name = names.get(tag);
    return name?.number === VERB_STREAM && name.guid?.equals(PSETID_COMMON);
  });
}

const TYPELESS: ReadonlySet<number> = new Set([PT_OBJECT, PT_NULL, PT_UNSPECIFIED, PT_ERROR]);

function travels(tag: PropertyTag): boolean {
  const id = propertyId(tag);
  return !TYPELESS.has(propertyType(tag) & ~MV_FLAG) && !isForeign(id) && !isSaidByMail(id);
}

const completeName = (name: PropertyName | undefined): TnefName | undefined => {
  if (!name?.guid) return undefined;
  if (name.number !== undefined) return { guid: name.guid, number: name.number };
  return name.name === undefined ? undefined : { guid: name.guid, name: name.name };
};
