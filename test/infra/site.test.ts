import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { App } from 'aws-cdk-lib';
import { SiteError } from '../../infra/settings.ts';
import { parseSite, readSite } from '../../infra/site.ts';
import { PROJECT } from './cloud.ts';

const refuses = (settings: object, message: RegExp): void =>
  assert.throws(
    () => parseSite({ domains: ['example.org'], ...settings }),
    (error) => {
      assert.ok(error instanceof SiteError);
      assert.match(error.message, message);
      return true;
    },
  );

describe("A site's settings", () => {
  it('need nothing but a domain', () => {
    const site = parseSite({ domains: ['example.org'] });
    assert.equal(site.name, 'kgc');
    assert.equal(site.removal, 'retain');
    assert.equal(site.capacity.databaseMinimum, 0);
    assert.equal(site.ldap, undefined);
  });

  it('are refused without a domain', () => {
    assert.throws(() => parseSite({}), /domains must be a list of at least 1/);
  });

  it('are refused with a name that nobody knows, which may be a typo', () => {
    refuses({ domain: 'example.org' }, /Setting domain is unknown; known here: name, domains/);
    refuses({ capacity: { databaseMax: 4 } }, /Setting capacity\.databaseMax is unknown/);
  });

  it('are refused with a value that makes no sense, naming its place', () => {
    refuses({ domains: ['example'] }, /domains\[0\] must be a domain name/);
    refuses({ domains: ['example.org', 'example.org'] }, /without repetitions/);
    refuses({ retention: { backupDays: 36 } }, /retention\.backupDays must be a whole number from 1 to 35; found 36/);
    refuses({ retention: { logDays: 31 } }, /retention\.logDays must be one of 1, 3, 5/);
    refuses({ capacity: { databaseMinimum: 0.25 } }, /in steps of 0\.5/);
    refuses({ capacity: { databaseMinimum: 8, databaseMaximum: 4 } }, /must not be above/);
    refuses({ capacity: [] }, /capacity must be an object/);
    refuses({ ldap: { urls: ['example.org'], baseDn: 'dc=example' } }, /ldap\.urls\[0\] must be ldap/);
    refuses({ name: 'Kopano' }, /name must be a short name/);
    refuses({ quota: { user: { warn: 1.5 } } }, /quota\.user\.warn must be a whole number/);
    refuses({ quota: { user: { warn: 100, hard: 90 } } }, /must rise from warn over soft to hard/);
    refuses({ quota: { company: { hard: 5 } } }, /Setting quota\.company\.hard is unknown/);
  });

  it('keep raw mail for longer than a dead letter lives', () => {
    refuses({ retention: { rawMailDays: 14 } }, /rawMailDays must be a whole number from 21/);
  });

  it('may come as an object or as JSON on the command line', () => {
    const settings = { domains: ['mail.example'], name: 'one' };
    assert.equal(readSite(new App({ context: { kgc: settings } }).node).name, 'one');
    assert.equal(readSite(new App({ context: { kgc: JSON.stringify(settings) } }).node).name, 'one');
    assert.throws(() => readSite(new App({ context: { kgc: '{' } }).node), /context value kgc are no JSON/);
  });

  it('may come from a file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'kopano-site-'));
    try {
      const file = join(directory, 'mine.json');
      writeFileSync(file, JSON.stringify({ domains: ['mail.example'], name: 'filed' }));
      assert.equal(readSite(new App({ context: { site: file } }).node).name, 'filed');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('are shown by an example that is valid', () => {
    const example = parseSite(JSON.parse(readFileSync(join(PROJECT, 'infra/site.example.json'), 'utf8')));
    assert.deepEqual(example.domains, ['example.org']);
  });
});
