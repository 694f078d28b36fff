import assert from 'node:assert/strict';
import test from 'node:test';
import { agreedCapabilities, KOPANO_CAP_COMPRESSION } from '../../../core/mapi/capabilities.ts';

test('the genuine client gets the recorded answer', () => {
  assert.equal(agreedCapabilities(59219, false), 40936);
});

test('compression is offered over a network, to those who know it', () => {
  assert.equal(agreedCapabilities(59219, true), 40936 | KOPANO_CAP_COMPRESSION);
  assert.equal(agreedCapabilities(59219 & ~KOPANO_CAP_COMPRESSION, true), 40936);
});
