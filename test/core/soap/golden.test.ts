import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../../../core/soap/index.ts';
import { exchanges, type RecordedMessage } from './golden.ts';

/** The boundary of a multipart message is random: compared with all of them alike. */
function comparable({ contentType, body }: RecordedMessage): string {
  const boundary = /boundary="([^"]*)"/.exec(contentType)?.[1];
  const text = `${contentType}\n\n${body.toString('latin1')}`;
  return boundary === undefined ? text : text.replaceAll(boundary, 'BOUNDARY');
}

describe('what the genuine client and server said is said again in the same bytes', () => {
  for (const { name, request, response } of exchanges()) {
    it(name, () => {
      const { operation, args } = decodeRequest(request.body, request.contentType);
      assert.equal(comparable(encodeRequest(operation, args)), comparable(request));
      const result = decodeResponse(operation, response.body, response.contentType);
      assert.equal(comparable(encodeResponse(operation, result)), comparable(response));
    });
  }
});
