import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import {
  DEFAULT_TEMPLATES,
  fillTemplate,
  quotaLimit,
  quotaSize,
  readTemplates,
} from '../../../core/mail/quota-template.ts';

const facts = {
  NAME: 'anna',
  FULLNAME: `\${KOPANO_QUOTA_NAME}`,
  COMPANY: 'Acme',
  STORE_SIZE: '1.00 GB',
  WARN_SIZE: '1.00 MB',
  SOFT_SIZE: 'unlimited',
  HARD_SIZE: 'unlimited',
};

test('a template gives subject and text; what a variable stands for is never a variable', () => {
  const template = `Subject: Full: \${KOPANO_QUOTA_NAME}\r\n\r\n\${KOPANO_QUOTA_FULLNAME} of \${KOPANO_QUOTA_COMPANY}\r\n\${OTHER}\r\n`;
  assert.deepEqual(fillTemplate(template, facts), {
    subject: 'Full: anna',
    text: `\${KOPANO_QUOTA_NAME} of Acme\n\${OTHER}\n`,
  });
  assert.deepEqual(fillTemplate('only text', facts), { subject: '', text: 'only text\n' });
});

test('every template of ours has a subject and leaves no variable over', () => {
  for (const template of Object.values(DEFAULT_TEMPLATES)) {
    const { subject, text } = fillTemplate(template, { ...facts, FULLNAME: 'Anna' });
    assert.notEqual(subject, '');
    assert.doesNotMatch(subject + text, /\$\{/);
  }
});

test('the operator’s templates take the place of ours, one by one', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kgc-test-'));
  try {
    writeFileSync(path.join(folder, 'userhard.mail'), 'Subject: Voll\n\nSchluss.\n');
    const templates = await readTemplates(folder);
    assert.match(templates.userHard, /Schluss/);
    assert.equal(templates.userSoft, DEFAULT_TEMPLATES.userSoft);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('sizes go by steps of 1024; no limit is called unlimited', () => {
  assert.equal(quotaSize(1023), '1023 B');
  assert.equal(quotaSize(1024), '1.00 KB');
  assert.equal(quotaSize(1536 * 1024 ** 2), '1.50 GB');
  assert.equal(quotaLimit(0), 'unlimited');
});
