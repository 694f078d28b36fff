import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Answer,
  codeMember,
  encodeFault,
  encodeRequest,
  encodeResponse,
  failedAnswer,
  type OperationName,
  operations,
  SoapFault,
} from '../../../core/soap/index.ts';

/** What stands in the body of an answer. */
function content<O extends OperationName>(operation: O, answer: Answer<O>): string {
  const xml = encodeResponse(operation, answer).body.toString();
  return /<ns:[\w-]+>(.*)<\/ns:[\w-]+><\/SOAP-ENV:Body>/s.exec(xml)?.[1] ?? assert.fail(xml);
}

describe('what is missing in an answer', () => {
  it('is zero or empty, and left out where it is a pointer', () => {
    assert.equal(content('getStore', { er: 5 }), '<er>5</er><sStoreId></sStoreId><sRootId></sRootId><guid></guid>');
    assert.equal(
      content('getStore', { lpszServerPath: undefined, er: 0 }),
      '<er>0</er><sStoreId></sStoreId><sRootId></sRootId><guid></guid>',
    );
    assert.equal(
      content('loadObject', {}),
      '<er>0</er><sSaveObject><delProps></delProps><modProps></modProps><bDelete>false</bDelete><ulClientId>0</ulClientId>' +
        '<ulServerId>0</ulServerId><ulObjType>0</ulObjType></sSaveObject>',
    );
  });

  it('is everything but the code when the call failed', () => {
    for (const operation of Object.keys(operations) as OperationName[]) {
      const member = codeMember(operation);
      assert.match(
        content(operation, failedAnswer(operation, 0x8004_0102)),
        new RegExp(`<${member}>2147746050</${member}>`),
      );
    }
    assert.equal(
      content('tableQueryColumns', failedAnswer('tableQueryColumns', 1)),
      '<er>1</er><sPropTagArray></sPropTagArray>',
    );
  });
});

describe('arrays', () => {
  it('say their size, even when they are empty', () => {
    assert.equal(
      content('tableQueryColumns', { sPropTagArray: [] }),
      '<er>0</er><sPropTagArray SOAP-ENC:arrayType="xsd:unsignedInt[0]"></sPropTagArray>',
    );
    assert.match(
      content('tableQueryRows', { sRowSet: [[], [{ ulPropTag: 1 }]] }),
      /arrayType="propVal\[\]\[2\]"><item><\/item><item SOAP-ENC:arrayType="propVal\[1\]">/,
    );
  });

  it('of rows and properties don’t when they are empty', () => {
    assert.equal(content('tableQueryRows', { sRowSet: [] }), '<er>0</er><sRowSet></sRowSet>');
  });
});

describe('numbers', () => {
  it('of 32 bits may be given signed, as bit operations leave them', () => {
    assert.equal(content('logoff', { result: 0x8004010f | 0 }), '<result>2147746063</result>');
  });

  it('that don’t fit are the caller’s mistake', () => {
    for (const result of [2 ** 32, -(2 ** 31) - 1, 0.5, Number.NaN]) {
      assert.throws(() => encodeResponse('logoff', { result }), TypeError);
    }
    assert.throws(() => encodeRequest('logoff', { ulSessionId: 1n << 64n }), TypeError);
  });

  it('of 64 bits may be given as numbers', () => {
    assert.match(encodeRequest('logoff', { ulSessionId: 7 }).body.toString(), /<ulSessionId>7<\/ulSessionId>/);
  });
});

describe('a fault', () => {
  it('looks as the genuine server’s (observed on 11.0.2 for a GET)', () => {
    const { body, contentType } = encodeFault(
      new SoapFault('Client', 'HTTP GET method not implemented', { status: 405 }),
    );
    assert.equal(contentType, 'text/xml; charset=utf-8');
    assert.match(
      body.toString(),
      /<SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>SOAP-ENV:Client<\/faultcode><faultstring>HTTP GET method not implemented<\/faultstring><\/SOAP-ENV:Fault><\/SOAP-ENV:Body><\/SOAP-ENV:Envelope>\r\n$/,
    );
  });

  it('escapes what it quotes', () => {
    assert.match(
      encodeFault(new SoapFault('Server', '<&>')).body.toString(),
      /<faultstring>&lt;&amp;&gt;<\/faultstring>/,
    );
  });
});
