import { MSGFLAG_READ } from '../../mapi/message-flags.ts';
import { MAPI_MESSAGE } from '../../mapi/object-types.ts';
import { type Properties, type PropertyTag, type PropertyValue, propertyId, unicodeTag } from '../../mapi/property.ts';
import type { RestrictionSubject } from '../../mapi/restriction-evaluator.ts';
import * as tags from '../../mapi/tags.ts';
import type { Blobs } from '../../platform/blobs.ts';
import { placeProperties } from '../computed.ts';
import { instanceKeyOf } from '../load.ts';
import { isFolderMessage, type Target } from '../object-row.ts';
import { propertiesFromRest, type UnpackedProperties, unpackProperties, valueFromBlob } from '../property-document.ts';
import { fileTimeFromBytes, rowProperties } from '../row-properties.ts';
import { capped, instanceTag, isInstanceColumn, severalTag } from './cells.ts';
import type { RowKey, SourceRow } from './row-source.ts';
import { grantsOnRow, type StorePlace } from './store-place.ts';

/** PR_ROW_TYPE of a row that is no category (MS-OXCTABL 2.2.1.2). */
const TBL_LEAF_ROW = 1;

/** What a row of a store's table was read as. */
export interface StoreRowParts {
  readonly key: RowKey;
  readonly target: Target;
  readonly documents?: { readonly props: string; readonly overflow: string | null } | undefined;
  /** What only tables show, where it was asked for. */
  readonly extras?: StoreRowExtras | undefined;
  /** Values are shown in full length; large ones must have been fetched. */
  readonly uncut?: boolean;
}

export interface StoreRowExtras {
  readonly deletedOn?: Buffer | null;
  readonly storeEntryId?: Buffer | null;
  readonly parentName?: string | null;
  readonly outgoingFlags?: number | null;
  readonly serverGuid?: Buffer;
  /** PR_DEPTH; 0 for messages. */
  readonly depth?: number;
}

/** Bodies that tables never show, however small (observed on 11.0.2). */
const HIDDEN_IDS: ReadonlySet<number> = new Set([tags.PR_HTML, tags.PR_RTF_COMPRESSED].map(propertyId));

/** A message or folder as a row of a table. */
export class StoreRow implements SourceRow {
  readonly key: RowKey;
  readonly target: Target;
  readonly #place: StorePlace;
  readonly #documents: StoreRowParts['documents'];
  readonly #extras: StoreRowExtras;
  readonly #uncut: boolean;
  readonly #fetched: Properties = new Map();
  #unpacked: UnpackedProperties | undefined;
  #columns: Properties | undefined;
  #placed: Properties | undefined;

  constructor(place: StorePlace, parts: StoreRowParts) {
    this.#place = place;
    this.key = parts.key;
    this.target = parts.target;
    this.#documents = parts.documents;
    this.#extras = parts.extras ?? {};
    this.#uncut = parts.uncut ?? false;
  }

  value(tag: PropertyTag): PropertyValue | undefined {
    const value = this.#find(tag, true);
    if (value === undefined || this.#uncut) return value;
    return capped(isInstanceColumn(tag) ? instanceTag(tag) : tag, value);
  }

  /** The same object as the row of another one of its values. */
  at(order: number): StoreRow {
    const row = new StoreRow(this.#place, {
      key: { ...this.key, order },
      target: this.target,
      documents: this.#documents,
      extras: this.#extras,
      uncut: this.#uncut,
    });
    row.#unpacked = this.#unpacked;
    for (const [tag, value] of this.#fetched) row.#fetched.set(tag, value);
    return row;
  }

  /** A value in full length; large ones must have been fetched. */
  whole(tag: PropertyTag): PropertyValue | undefined {
    return this.#find(tag, false);
  }

  /** Fetches large values from where they lie, so that {@link whole} has them. */
  async fetch(blobs: Blobs, wanted: Iterable<PropertyTag>): Promise<void> {
    const unpacked = this.#unpack();
    const list = [...wanted].map(unicodeTag).map((tag) => (tag === tags.PR_NORMALIZED_SUBJECT ? tags.PR_SUBJECT : tag));
    await Promise.all(
      list.map(async (tag) => {
        const large = unpacked?.large.get(tag);
        if (large?.blob !== undefined) this.#fetched.set(tag, valueFromBlob(tag, await blobs.get(large.blob)));
      }),
    );
    await this.fetchRest(blobs, list);
  }

  /** Fetches what was too much for the row, if some of it is wanted. */
  async fetchRest(blobs: Blobs, wanted: readonly PropertyTag[]): Promise<void> {
    const rest = this.#unpack()?.rest;
    if (rest === undefined || !wanted.some((tag) => this.#find(tag, true) === undefined)) return;
    for (const [tag, value] of propertiesFromRest(await blobs.get(rest))) this.#fetched.set(tag, value);
  }

  /** Whether there are properties that the row doesn't hold. */
  get hasMore(): boolean {
    return this.#unpack()?.rest !== undefined;
  }

  /** Whether some values, or some properties, lie elsewhere. */
  get hasElsewhere(): boolean {
    const unpacked = this.#unpack();
    return unpacked !== undefined && (unpacked.large.size > 0 || unpacked.rest !== undefined);
  }

  /** Properties that are kept of the object. */
  tags(): PropertyTag[] {
    const unpacked = this.#unpack();
    return [
      ...rowProperties(this.target.object, this.target.folder).keys(),
      ...(unpacked?.values.keys() ?? []),
      ...(unpacked?.large.keys() ?? []),
    ];
  }

  /** The row as restrictions see it: in full length. */
  subject(below?: Pick<RestrictionSubject, 'recipients' | 'attachments'>): RestrictionSubject {
    return { value: (tag) => this.whole(tag), ...below };
  }

  #find(tag: PropertyTag, preview: boolean): PropertyValue | undefined {
    if (isInstanceColumn(tag)) {
      const values = this.#find(severalTag(tag), false) as readonly PropertyValue[] | undefined;
      return values?.[this.key.order];
    }
    const unicode = unicodeTag(tag);
    const computed = this.#compute(unicode, preview);
    if (computed !== 'stored') return computed;
    this.#columns ??= rowProperties(this.target.object, this.target.folder);
    const column = this.#columns.get(unicode);
    if (column !== undefined) return column;
    const unpacked = this.#unpack();
    const value = unpacked?.values.get(unicode) ?? this.#fetched.get(unicode);
    if (value !== undefined || !preview) return value;
    return unpacked?.large.get(unicode)?.preview;
  }

  #unpack(): UnpackedProperties | undefined {
    if (!this.#unpacked && this.#documents)
      this.#unpacked = unpackProperties(this.#documents.props, this.#documents.overflow);
    return this.#unpacked;
  }

  /** Properties that tables compute, by their ids whatever the type; `stored` for all others. */
  #compute(tag: PropertyTag, preview: boolean): PropertyValue | undefined | 'stored' {
    const { object } = this.target;
    const id = propertyId(tag);
    const isMessage = object.kind === MAPI_MESSAGE;
    switch (id) {
      case propertyId(tags.PR_ENTRYID):
      case propertyId(tags.PR_LONGTERM_ENTRYID_FROM_TABLE):
        return object.entryId ?? undefined;
      case propertyId(tags.PR_RECORD_KEY):
      case propertyId(tags.PR_PARENT_ENTRYID):
      case propertyId(tags.PR_SOURCE_KEY):
      case propertyId(tags.PR_PARENT_SOURCE_KEY):
      case propertyId(tags.PR_RIGHTS):
      case propertyId(tags.PR_ACCESS):
      case propertyId(tags.PR_ACCESS_LEVEL):
        return this.#placedProperty(id);
      case propertyId(tags.PR_STORE_ENTRYID):
        return this.#extras.storeEntryId ?? undefined;
      case propertyId(tags.PR_STORE_RECORD_KEY):
        return this.#place.store.guid;
      case propertyId(tags.PR_MAPPING_SIGNATURE):
        return this.#extras.serverGuid;
      case propertyId(tags.PR_EC_HIERARCHYID):
        return object.id;
      case propertyId(tags.PR_EC_PARENT_HIERARCHYID):
        return object.parentId;
      case propertyId(tags.PR_INSTANCE_KEY):
        return instanceKeyOf(object.id, this.key.order);
      case propertyId(tags.PR_OBJECT_TYPE):
        return object.kind;
      case propertyId(tags.PR_ROW_TYPE):
        return TBL_LEAF_ROW;
      case propertyId(tags.PR_DEPTH):
        return this.#extras.depth ?? 0;
      case propertyId(tags.PR_ASSOCIATED):
        return object.associated;
      case propertyId(tags.PR_PARENT_DISPLAY):
        return this.#extras.parentName ?? undefined;
      case propertyId(tags.PR_EC_OUTGOING_FLAGS):
        return this.#extras.outgoingFlags ?? undefined;
      case propertyId(tags.PR_DELETED_ON):
        return this.#extras.deletedOn ? fileTimeFromBytes(this.#extras.deletedOn) : 'stored';
      case propertyId(tags.PR_MSG_STATUS):
        return object.messageStatus ?? 0;
      case propertyId(tags.PR_EC_IMAP_ID):
        // The IMAP gateway lists no folder without it.
        return object.imapId || object.id;
      case propertyId(tags.PR_CONTENT_COUNT):
        return isMessage ? 1 : 'stored';
      case propertyId(tags.PR_CONTENT_UNREAD):
        return isMessage ? (object.messageFlags & MSGFLAG_READ ? 0 : 1) : 'stored';
      case propertyId(tags.PR_NORMALIZED_SUBJECT):
        return normalizedSubject(this.#find(tags.PR_SUBJECT, preview));
      default:
        return HIDDEN_IDS.has(id) ? undefined : 'stored';
    }
  }

  #placedProperty(id: number): PropertyValue | undefined {
    if (!this.#placed) {
      this.#placed = new Map();
      const grants = grantsOnRow(this.#place, this.target.object.ownerId);
      for (const { tag, value } of placeProperties(this.target, grants)) this.#placed.set(propertyId(tag), value);
      // In tables, source keys are shown of messages in folders only when they are there.
      if (!isFolderMessage(this.target) && this.target.object.sourceKey)
        this.#placed.set(propertyId(tags.PR_SOURCE_KEY), this.target.object.sourceKey);
    }
    return this.#placed.get(id);
  }
}

/**
 * PR_NORMALIZED_SUBJECT: the subject without a prefix of two or three
 * characters and a colon, unless all of them are digits (observed on 11.0.2).
 */
export function normalizedSubject(subject: PropertyValue | undefined): string | undefined {
  if (typeof subject !== 'string') return undefined;
  const colon = subject.indexOf(':');
  const prefix = subject.slice(0, colon);
  const length = Buffer.byteLength(prefix);
  if (colon < 0 || length < 2 || length > 3 || /^[0-9]+$/.test(prefix)) return subject;
  const rest = subject.slice(colon + 1);
  return rest.startsWith(' ') ? rest.slice(1) : rest;
}
