import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Arguments,
  decodeRequest,
  decodeResponse,
  type OperationName,
  SoapFault,
} from '../../../core/soap/index.ts';
import { envelope, property, request } from './message.ts';

function argumentsOf<O extends OperationName>(operation: O, content: string): Arguments<O> {
  const decoded = decodeRequest(request(operation, content));
  assert.equal(decoded.operation, operation);
  return decoded.args as Arguments<O>;
}

/** The fault that a request ends in. */
function faultOf(bytes: Uint8Array): SoapFault {
  try {
    decodeRequest(bytes);
  } catch (error) {
    assert.ok(error instanceof SoapFault, String(error));
    return error;
  }
  return assert.fail('no fault');
}

describe('a request says as little as it likes', () => {
  it('members that are no pointers default to zero, pointers are absent', () => {
    assert.deepEqual(argumentsOf('createFolder', ''), {
      ulSessionId: 0n,
      sParentId: Buffer.alloc(0),
      ulType: 0,
      fOpenIfExists: false,
      ulSyncId: 0,
      sOrigSourceKey: Buffer.alloc(0),
    });
  });

  it('a nil pointer is absent, any other nil is zero', () => {
    const args = argumentsOf(
      'createFolder',
      '<lpsNewEntryId xsi:nil="true"/><szName xsi:nil="1"/><ulType xsi:nil="true"/><sParentId xsi:nil="true"></sParentId>',
    );
    assert.equal('lpsNewEntryId' in args, false);
    assert.equal('szName' in args, false);
    assert.equal(args.ulType, 0);
    assert.equal(args.sParentId.length, 0);
  });

  it('an empty string is a string', () => {
    assert.equal(argumentsOf('createFolder', '<szName/>').szName, '');
    assert.equal(argumentsOf('createFolder', '<szName></szName>').szName, '');
  });

  it('members come in any order, and strange ones are ignored', () => {
    const args = argumentsOf(
      'logon',
      '<x><szPassword>no</szPassword></x><ulFlags>3</ulFlags><!-- c --><szUsername>ada</szUsername>',
    );
    assert.equal(args.szUsername, 'ada');
    assert.equal(args.ulFlags, 3);
    assert.equal(args.szPassword, undefined);
  });

  it('of two members with one name the first counts', () => {
    assert.equal(argumentsOf('logon', '<ulFlags>3</ulFlags><ulFlags>4</ulFlags>').ulFlags, 3);
  });
});

describe('a request is spelled in many ways', () => {
  it('with any prefix, or none', () => {
    const bytes = Buffer.from(
      '<?xml version="1.0"?>\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">\n <s:Header/>\n <s:Body>\n' +
        '  <logoff xmlns="urn:zarafa">\n   <z:ulSessionId xmlns:z="urn:zarafa" xsi:type="xsd:unsignedLong">\n 18446744073709551615 \n</z:ulSessionId>' +
        '\n  </logoff>\n </s:Body>\n</s:Envelope>\n',
    );
    assert.deepEqual(decodeRequest(bytes).args, { ulSessionId: 18446744073709551615n });
  });

  it('with CDATA, references and comments between', () => {
    const args = argumentsOf('logon', '<szUsername>a&amp;<![CDATA[<b>&amp;]]>c<!-- x -->&#x1F600;</szUsername>');
    assert.equal(args.szUsername, 'a&<b>&amp;c😀');
  });

  it('with long text beside CDATA, and line ends as XML has them', () => {
    const long = 'long text '.repeat(20);
    const args = argumentsOf('logon', `<szUsername>${long}\r\n<![CDATA[${long}\r]]>&#xD;\n${long}&lt;</szUsername>`);
    assert.equal(args.szUsername, `${long}\n${long}\n\r\n${long}<`);
  });

  it('with the character that marks placeholders', () => {
    assert.equal(
      argumentsOf('logon', `<szUsername>\u00010\u0001</szUsername><szPassword>${'x'.repeat(99)}</szPassword>`)
        .szUsername,
      '\u00010\u0001',
    );
  });

  it('with a byte order mark', () => {
    assert.equal(decodeRequest(Buffer.concat([Buffer.from('\ufeff'), request('logoff')])).operation, 'logoff');
  });

  it('in other encodings, if it says so', () => {
    const xml = request('logon', '<szUsername>é</szUsername>').toString();
    const declared = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>${xml}`;
    const bytes = [
      Buffer.from(declared('UTF-8')),
      Buffer.from(declared('ISO-8859-1'), 'latin1'),
      Buffer.from(`\ufeff${xml}`, 'utf16le'),
      Buffer.from(`\ufeff${xml}`, 'utf16le').swap16(),
    ];
    for (const each of bytes) assert.equal((decodeRequest(each).args as Arguments<'logon'>).szUsername, 'é');
    faultOf(Buffer.from(declared('EBCDIC')));
  });

  it('with references to elements that stand elsewhere', () => {
    const decoded = decodeRequest(
      envelope(
        '<ns:deleteObjects><ulSessionId href="#s"/><aMessages href="#m"/></ns:deleteObjects>' +
          '<s id="s">7</s><m id="m" SOAP-ENC:root="0"><item href="#e"/><item href="#e"/></m><e id="e">AQI=</e>',
      ),
    );
    assert.deepEqual(decoded.args, {
      ulSessionId: 7n,
      ulFlags: 0,
      aMessages: [Buffer.from([1, 2]), Buffer.from([1, 2])],
      ulSyncId: 0,
    });
  });
});

describe('values', () => {
  it('a union is known by the name of its element', () => {
    const { lpsSaveObj } = argumentsOf(
      'saveObject',
      `<lpsSaveObj><modProps>${property(1, '<ul>7</ul>')}${property(2, '<lpszA>x</lpszA>')}${property(3, '')}${property(4, '<mvi><item>-1</item><item>2</item></mvi>')}` +
        `${property(5, '<hilo><hi>-1</hi><lo>4294967295</lo></hilo>')}</modProps></lpsSaveObj>`,
    );
    assert.deepEqual(lpsSaveObj?.modProps, [
      { ulPropTag: 1, Value: { name: 'ul', value: 7 } },
      { ulPropTag: 2, Value: { name: 'lpszA', value: 'x' } },
      { ulPropTag: 3 },
      { ulPropTag: 4, Value: { name: 'mvi', value: [-1, 2] } },
      { ulPropTag: 5, Value: { name: 'hilo', value: { hi: -1, lo: 4294967295 } } },
    ]);
  });

  it('objects nest, their items are their children', () => {
    const { lpsSaveObj } = argumentsOf(
      'saveObject',
      '<lpsSaveObj><item><ulObjType>6</ulObjType></item><delProps/><item><ulObjType>7</ulObjType><item><bDelete>true</bDelete></item></item></lpsSaveObj>',
    );
    assert.deepEqual(lpsSaveObj?.children.map((child) => [child.ulObjType, child.children.length]), [[6, 0], [7, 1]]); // biome-ignore format: short
    assert.equal(lpsSaveObj?.children[1]?.children[0]?.bDelete, true);
  });

  it('items of an array may have any name, of a list only their own', () => {
    assert.deepEqual(argumentsOf('tableSetColumns', '<aPropTag><a>1</a><item>2</item></aPropTag>').aPropTag, [1, 2]);
    assert.deepEqual(argumentsOf('deleteObjects', '<aMessages><a>AQ==</a><item>Ag==</item></aMessages>').aMessages, [
      Buffer.from([2]),
    ]);
  });

  it('an array counts its items, whatever its type attribute claims', () => {
    const content = '<aPropTag SOAP-ENC:arrayType="xsd:unsignedInt[4000000000]"><item>1</item></aPropTag>';
    assert.deepEqual(argumentsOf('tableSetColumns', content).aPropTag, [1]);
  });

  it('rule actions and restrictions', () => {
    const value =
      '<actions><item><acttype>1</acttype><flavor>2</flavor><flags>0</flags><moveCopy><store>AQ==</store><folder>Ag==</folder></moveCopy></item>' +
      '<item><acttype>6</acttype><bouncecode>13</bouncecode></item></actions>';
    const { lpsSaveObj } = argumentsOf(
      'saveObject',
      `<lpsSaveObj><modProps>${property(1, value)}</modProps></lpsSaveObj>`,
    );
    assert.deepEqual(lpsSaveObj?.modProps[0]?.Value, {
      name: 'actions',
      value: [
        {
          acttype: 1,
          flavor: 2,
          flags: 0,
          act: { name: 'moveCopy', value: { store: Buffer.from([1]), folder: Buffer.from([2]) } },
        },
        { acttype: 6, flavor: 0, flags: 0, act: { name: 'bouncecode', value: 13 } },
      ],
    });
  });

  it('an included part that is no longer apart stands in place as base64', () => {
    const args = argumentsOf('importMessageFromStream', '<sStreamData><xop:Include>AQI=</xop:Include></sStreamData>');
    assert.deepEqual(args.sStreamData, Buffer.from([1, 2]));
  });
});

describe('a request that is wrong ends in a fault', () => {
  const malformed: [string, string | Uint8Array][] = [
    ['nothing', ''],
    ['text', 'hello'],
    ['an open element', '<a>'],
    ['crossed elements', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['text after the root', '<a/>x'],
    ['a tag without end', '<a'],
    ['an attribute without quotes', '<a b=c/>'],
    ['an attribute given twice', '<a b="1" b="2"/>'],
    ['an ampersand alone', request('logon', '<szUsername>a & b</szUsername>')],
    ['an unknown entity', request('logon', '<szUsername>&nbsp;</szUsername>')],
    ['a comment without end', '<a><!-- </a>'],
    ['NUL', request('logon', '<szUsername>\u0000</szUsername>')],
    ['binary noise', Uint8Array.from({ length: 64 }, (_, index) => (index * 37) & 0xff)],
  ];
  for (const [what, bytes] of malformed) {
    it(`malformed: ${what}`, () => {
      const fault = faultOf(Buffer.from(bytes));
      assert.equal(fault.code, 'Client');
      assert.ok(fault.message.length > 5);
    });
  }

  it('not XML at all is HTTP 400, a wrong SOAP message 500', () => {
    assert.equal(faultOf(Buffer.from('hello')).status, 400);
    assert.equal(faultOf(Buffer.from('<a><b></a>')).status, 400);
    assert.equal(faultOf(envelope('')).status, 500);
    assert.equal(faultOf(request('logon', '<ulFlags>x</ulFlags>')).status, 500);
  });

  it('a document type declaration, before anything in it is read', () => {
    const laughs = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>';
    assert.match(faultOf(Buffer.concat([Buffer.from(laughs), request('logoff')])).message, /document type/);
    const external = '<!DOCTYPE a SYSTEM "file:///etc/passwd">';
    assert.match(faultOf(Buffer.concat([Buffer.from(external), request('logoff')])).message, /document type/);
  });

  it('an unknown operation, in the words of gSOAP', () => {
    const text = "Method 'ns:noSuchThing' not implemented: method name or namespace not recognized";
    assert.equal(faultOf(request('noSuchThing')).message, text);
    for (const name of ['toString', 'constructor', 'hasOwnProperty', 'logonResponse', 'create_folders']) {
      assert.equal(faultOf(request(name)).code, 'Client');
    }
  });

  it('a known operation of another service', () => {
    assert.match(faultOf(envelope('<o:logoff xmlns:o="urn:other"/>')).message, /^Method 'o:logoff' not implemented/);
  });

  it('no envelope, no body, an empty body', () => {
    assert.match(faultOf(Buffer.from('<logoff/>')).message, /not an envelope/);
    assert.match(faultOf(Buffer.from('<Envelope/>')).message, /no body/);
    assert.match(faultOf(envelope('')).message, /body is empty/);
  });

  it('SOAP 1.2 and headers that must be understood', () => {
    const soap12 =
      '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><logoff/></e:Body></e:Envelope>';
    assert.equal(faultOf(Buffer.from(soap12)).code, 'VersionMismatch');
    const header =
      '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><x e:mustUnderstand="1"/></e:Header><e:Body/></e:Envelope>';
    assert.equal(faultOf(Buffer.from(header)).code, 'MustUnderstand');
  });

  it('a value of the wrong type, without repeating it when it is long', () => {
    assert.match(
      faultOf(request('logon', '<ulFlags>4294967296</ulFlags>')).message,
      /'4294967296' is not of type unsignedInt/,
    );
    const secret = faultOf(request('logon', `<ulFlags>${'secret '.repeat(9)}</ulFlags>`));
    assert.equal(secret.message.includes('secret'), false);
    faultOf(request('logon', '<ulFlags/>'));
    faultOf(request('getStoreName', '<sEntryId>*</sEntryId>'));
  });

  it('references that lead nowhere, run in a circle, or multiply', () => {
    assert.match(faultOf(request('deleteObjects', '<aMessages href="#x"/>')).message, /without a matching id/);
    const circle = '<lpsSaveObj id="a"><item href="#a"/></lpsSaveObj>';
    assert.match(faultOf(request('saveObject', circle)).message, /circle/);
    const self = '<lpsSaveObj id="a" href="#a"/>';
    assert.match(faultOf(request('saveObject', self)).message, /circle/);
    const chain = Array.from({ length: 50_000 }, (_, index) => `<x id="a${index}" href="#a${index + 1}"/>`).join('');
    assert.match(
      faultOf(envelope(`<ns:saveObject><lpsSaveObj href="#a0"/></ns:saveObject>${chain}`)).message,
      /deeper/,
    );
    const twice = (id: string, next: string) => `<x id="${id}">${`<item href="#${next}"/>`.repeat(10)}</x>`;
    const laughs = Array.from({ length: 9 }, (_, index) => twice(`a${index}`, `a${index + 1}`)).join('');
    assert.match(
      faultOf(envelope(`<ns:saveObject><lpsSaveObj href="#a0"/></ns:saveObject>${laughs}<x id="a9"/>`)).message,
      /unfold/,
    );
  });

  it('an include without its part', () => {
    assert.match(
      faultOf(request('importMessageFromStream', '<sStreamData><Include href="cid:a"/></sStreamData>')).message,
      /matching part/,
    );
  });

  it('names that mean something to JavaScript are names like others', () => {
    const args = argumentsOf('logon', '<hasOwnProperty>1</hasOwnProperty><toString>1</toString><ulFlags>2</ulFlags>');
    assert.equal(args.ulFlags, 2);
    assert.equal(Object.hasOwn(args, 'toString'), false);
    faultOf(request('logon', '<__proto__><polluted>1</polluted></__proto__>'));
    assert.equal('polluted' in {}, false);
  });

  it('within a tenth of a second, even where it is built to take long', () => {
    const hostile = [
      `<a ${'b '.repeat(1_000_000)}`,
      `<a b="${'x'.repeat(2_000_000)}`,
      `${'<a>'.repeat(1_000_000)}`,
      `<a>${'&'.repeat(1_000_000)}</a>`,
      `<a>${'<!--'.repeat(500_000)}</a>`,
      `<a>${'<![CDATA['.repeat(200_000)}</a>`,
      `<${'a'.repeat(2_000_000)}`,
      ' '.repeat(3_000_000),
      `<a>${' '.repeat(3_000_000)}`,
    ];
    for (const source of hostile) {
      const bytes = Buffer.from(source);
      const start = performance.now();
      faultOf(bytes);
      assert.ok(performance.now() - start < 500, `${source.slice(0, 20)} took too long`); // 100 ms where nothing else runs
    }
  });
});

describe('a fault in an answer', () => {
  it('is thrown as it was said', () => {
    const bytes = envelope(
      '<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode><faultstring>no &amp; no</faultstring></SOAP-ENV:Fault>',
    );
    assert.throws(() => decodeResponse('logoff', bytes), { name: 'SoapFault', code: 'Client', message: 'no & no' });
  });

  it('is made of an answer to something else', () => {
    assert.throws(() => decodeResponse('logoff', envelope('<ns:logonResponse/>')), {
      name: 'SoapFault',
      code: 'Server',
    });
  });
});
