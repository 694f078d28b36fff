import { encodeRequest, type OperationName, operations } from '../../../../core/soap/index.ts';
import type { Random } from '../random.ts';
import type { HostileValues } from './hostile-values.ts';

/** A request as it is sent. */
export interface HostileRequest {
  readonly operation: OperationName;
  /** What is hostile about it, for the report. */
  readonly kind: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** How deep the deepest restrictions nest, and how long the longest lists are. */
const DEEP = 10_000;
const LONG = 100_000;
/** Requests of which one is huge: they take a hundred times as long. */
const HUGE_EVERY = 1500;

/**
 * Left out: it waits for up to 25 s, which is its purpose. What it does besides
 * is asked with sessions that don't exist.
 */
const WAITS: OperationName = 'notifyGetItems';

const NAMES = Object.keys(operations) as OperationName[];

/** A request in the name of a session. */
export function hostileRequest(random: Random, values: HostileValues, sessionId: bigint): HostileRequest {
  if (random.below(HUGE_EVERY) === 0) return hugeRequest(random, sessionId);
  const operation = random.pick(NAMES);
  const { parameters, session } = operations[operation];
  const args = values.members(parameters);
  const first = Object.keys(parameters)[0]!;
  const isKnown = session && operation !== WAITS && !random.chance(0.01);
  if (session) args[first] = isKnown ? sessionId : BigInt(random.below(2 ** 32));
  const { contentType, body } = encodeRequest(operation, args as never);
  if (body.length === 0 || contentType.startsWith('multipart') || !random.chance(0.25))
    return { operation, kind: 'values', contentType, body };
  return { operation, kind: 'markup', contentType, body: Buffer.from(mutated(random, body.toString())) };
}

/** What stands where a number, text or binary is expected. */
const WRONG = [
  'abc', '-1', '-2147483649', '4294967296', '99999999999999999999999999', '1e5', '0x10', '', ' ', 'true', 'NaN', '1.5', '====', 'AAA', '<a/>', '<item>1</item>',
  '&#0;', '&#x1F600;', '<![CDATA[x]]>', '<!-- x -->', '&amp;lt;', '2026-13-45T99:99:99Z',
]; // biome-ignore format: a list

/** Changes the texts of one to three elements, or doubles, renames, empties or nests elements. */
function mutated(random: Random, xml: string): string {
  let text = xml;
  for (let left = 1 + random.below(3); left > 0; left--) {
    // The session stays, so that the rest is looked at.
    const elements = [...text.matchAll(/<([A-Za-z][\w-]*)((?:\s[^<>]*)?)>([^<>]*)<\/\1>/g)].slice(1);
    const element = elements.length > 0 ? random.pick(elements) : undefined;
    if (!element) return text;
    const [whole, name, attributes] = element as unknown as [string, string, string];
    const wrong = random.pick(WRONG);
    const change = [
      () => `<${name}${attributes}>${wrong}</${name}>`,
      () => `<${name}${attributes}>${wrong}</${name}>`,
      () => `<${name} xsi:nil="true"/>`,
      () => whole + whole,
      () => '',
      () => `<x${name}>1</x${name}>`,
      () => `<${name} href="#nowhere"/>`,
      () => `<${name}><${name}>${wrong}</${name}></${name}>`,
    ];
    text = text.slice(0, element.index) + random.pick(change)() + text.slice(element.index + whole.length);
  }
  return text;
}

const ENVELOPE =
  '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ns="urn:zarafa"><SOAP-ENV:Body>';

/** Deeper or longer than anything honest. */
function hugeRequest(random: Random, sessionId: bigint): HostileRequest {
  const make = (operation: OperationName, kind: string, content: string): HostileRequest => {
    const first = Object.keys(operations[operation].parameters)[0]!;
    const xml = `${ENVELOPE}<ns:${operation}><${first}>${sessionId}</${first}>${content}</ns:${operation}></SOAP-ENV:Body></SOAP-ENV:Envelope>`;
    return { operation, kind, contentType: 'text/xml; charset=utf-8', body: Buffer.from(xml) };
  };
  const many = (text: string): string => text.repeat(LONG);
  const key = random.bytes(42).toString('hex');
  // Each names something else.
  const keys = (): string =>
    Array.from(
      { length: LONG },
      (_, index) =>
        `<item>${Buffer.from(`${key}${index.toString(16).padStart(12, '0')}`, 'hex').toString('base64')}</item>`,
    ).join('');
  const not = (levels: number): string =>
    `${'<ulType>2</ulType><lpNot><lpNot>'.repeat(levels)}<ulType>8</ulType><lpExist><ulPropTag>1</ulPropTag></lpExist>${'</lpNot></lpNot>'.repeat(levels)}`;
  const kinds: readonly (() => HostileRequest)[] = [
    () => make('tableRestrict', 'deep', `<ulTableId>1</ulTableId><lpRestrict>${not(DEEP)}</lpRestrict>`),
    () => make('tableRestrict', 'deep', `<ulTableId>1</ulTableId><lpRestrict>${not(40)}</lpRestrict>`),
    () => make('getChanges', 'deep', `<ulSyncId>1</ulSyncId><lpsRestrict>${not(DEEP)}</lpsRestrict>`),
    () => make('tableSetSearchCriteria', 'deep', `<lpRestrict>${not(40)}</lpRestrict><lpFolders/>`),
    () => make('deleteObjects', 'long', `<aMessages>${keys()}</aMessages>`),
    () => make('copyObjects', 'long', `<aMessages>${keys()}</aMessages>`),
    () => make('setReadFlags', 'long', `<lpMessages>${keys()}</lpMessages>`),
    () => make('getSyncStates', 'long', `<ulaSyncId>${many('<item>7</item>')}</ulaSyncId>`),
    () => make('notifyUnSubscribeMulti', 'long', `<ulConnectionArray>${many('<item>7</item>')}</ulConnectionArray>`),
    () => make('tableSetColumns', 'long', `<ulTableId>1</ulTableId><aPropTag>${many('<item>7</item>')}</aPropTag>`),
    () => make('getNamesFromIDs', 'long', `<lpsPropTags>${many('<item>2147549210</item>')}</lpsPropTags>`),
    () =>
      make('tableRestrict', 'wide', `<ulTableId>1</ulTableId><lpRestrict><ulType>0</ulType><lpAnd>${'<item><ulType>8</ulType><lpExist><ulPropTag>3604511</ulPropTag></lpExist></item>'.repeat(LONG / 2)}</lpAnd></lpRestrict>`),
  ]; // biome-ignore format: a list
  return random.pick(kinds)();
}
