import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { typeRow } from '../../../core/soap/catalogue/index.ts';
import { readElement } from '../../../core/soap/element.ts';
import {
  type Answer,
  type ArgumentsDraft,
  codeMember,
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type OperationName,
  operations,
  types,
} from '../../../core/soap/index.ts';
import { ReadingContext, readerOf } from '../../../core/soap/values.ts';
import { contentId, Writing, writeElement } from '../../../core/soap/writer.ts';
import { membersOf, valuesOf } from './arbitrary.ts';

const RUNS = 60;

describe('every type survives being written and read', () => {
  for (const [type, row] of Object.entries(types)) {
    if ('union' in row) continue; // stands only in structs, and is tested with them
    it(type, () => {
      fc.assert(
        fc.property(valuesOf(type), (value) => {
          const writing = new Writing();
          writeElement(writing, 'x', type, value);
          const attachments = new Map(writing.attachments.map((data, index) => [contentId(index), data as Buffer]));
          const context = new ReadingContext({ elements: new Map(), attachments });
          assert.deepEqual(context.read(readElement(writing.bytes().toString()), readerOf(type)), value);
        }),
        { numRuns: RUNS },
      );
    });
  }
});

describe('every operation survives the wire', () => {
  for (const operation of Object.keys(operations) as OperationName[]) {
    const { parameters, answer } = operations[operation];

    it(`${operation}: the request`, () => {
      fc.assert(
        fc.property(membersOf(parameters), (args) => {
          const { body, contentType } = encodeRequest(operation, args as ArgumentsDraft<OperationName>);
          const request = decodeRequest(body, contentType);
          assert.equal(request.operation, operation);
          assert.deepEqual(request.args, args);
        }),
        { numRuns: RUNS },
      );
    });

    it(`${operation}: the answer`, () => {
      const row = typeRow(answer);
      const members = row !== undefined && 'struct' in row ? row.struct : { [codeMember(operation)]: 'unsignedInt' };
      fc.assert(
        fc.property(membersOf(members), (result) => {
          const { body, contentType } = encodeResponse(operation, result as Answer<OperationName>);
          assert.deepEqual(decodeResponse(operation, body, contentType), result);
        }),
        { numRuns: RUNS },
      );
    });
  }
});
