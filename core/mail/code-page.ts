/** Windows code page of UTF-8. */
export const CP_UTF8 = 65001;
/** Of US-ASCII. */
export const CP_US_ASCII = 20127;

/**
 * Windows code pages by character set, what PR_INTERNET_CPID holds (Windows
 * code page identifiers). Some are not the obvious ones, so that clients find the same
 * numbers as before (observed on 11.0.2): gb18030 is 936, iso-2022-jp 50220.
 * UTF-7 has none here: what it hides from a reader of HTML shall not reach clients.
 */
const CODE_PAGES: ReadonlyMap<string, number> = new Map([
  ['big5', 950],
  ['cp850', 850],
  ['euc-jp', 51932],
  ['euc-kr', 51949],
  ['gb18030', 936],
  ['ibm852', 852],
  ['ibm866', 866],
  ['iso-2022-jp', 50220],
  ['iso-8859-1', 28591],
  ['iso-8859-2', 28592],
  ['iso-8859-3', 28593],
  ['iso-8859-4', 28594],
  ['iso-8859-5', 28595],
  ['iso-8859-6', 28596],
  ['iso-8859-7', 28597],
  ['iso-8859-8', 28598],
  ['iso-8859-9', 28599],
  ['iso-8859-13', 28603],
  ['iso-8859-15', 28605],
  ['koi8-r', 20866],
  ['koi8-u', 21866],
  ['ks_c_5601-1987', 949],
  ['shift_jis', 932],
  ['us-ascii', CP_US_ASCII],
  ['utf-8', CP_UTF8],
  ['windows-1250', 1250],
  ['windows-1251', 1251],
  ['windows-1252', 1252],
  ['windows-1253', 1253],
  ['windows-1254', 1254],
  ['windows-1255', 1255],
  ['windows-1256', 1256],
  ['windows-1257', 1257],
  ['windows-1258', 1258],
  ['windows-874', 874],
]);

/** The code page of a character set; undefined for those that Windows has none for. */
export const codePageOf = (charset: string): number | undefined => CODE_PAGES.get(charset);

const CHARSETS: ReadonlyMap<number, string> = new Map(
  [...CODE_PAGES].map(([charset, codePage]) => [codePage, charset]),
);

/** The character set of a code page; undefined for those that are none of mail's. */
export const charsetOf = (codePage: number): string | undefined => CHARSETS.get(codePage);
