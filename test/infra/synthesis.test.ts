import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { FUNCTIONS, handlerFile } from '../../infra/function.ts';
import { type Concern, cloud, PROJECT } from './cloud.ts';

const run = promisify(execFile);

/** What AWS unpacks a function to at most, and what we want it to stay under: a cold start reads all of it. */
const MAX_BUNDLE_BYTES = 8 * 1024 * 1024;

/** Warnings and errors of annotations and of CloudFormation's rules, as cdk prints them. */
const FINDING = /^(WARNING|ERROR)\b.*/gm;

describe('cdk synth', () => {
  const output = mkdtempSync(join(tmpdir(), 'kopano-synth-'));
  let printed = '';

  before(async () => {
    // No proxy and no AWS account: whatever wants the network fails.
    const nowhere = 'http://127.0.0.1:9';
    const { stdout, stderr } = await run(
      process.execPath,
      [join(PROJECT, 'node_modules/aws-cdk/bin/cdk'), 'synth', '--quiet', '--output', output],
      {
        cwd: PROJECT,
        env: {
          ...process.env,
          PATH: `${join(PROJECT, 'node_modules/.bin')}:${process.env.PATH}`,
          HTTPS_PROXY: nowhere,
          HTTP_PROXY: nowhere,
          AWS_EC2_METADATA_DISABLED: 'true',
        },
        maxBuffer: 16 * 1024 * 1024,
      },
    );
    printed = stdout + stderr;
  });
  after(() => rmSync(output, { recursive: true, force: true }));

  it('works without network, and CloudFormation’s rules find nothing wrong', () => {
    assert.match(printed, /Successfully synthesized/);
    assert.deepEqual(printed.match(FINDING) ?? [], []);
    // There is a report only where there is something to report.
    const file = join(output, 'validation-report.json');
    if (!existsSync(file)) return;
    const report = JSON.parse(readFileSync(file, 'utf8')) as {
      pluginReports: { pluginName: string; conclusion: string; violations: { description: string }[] }[];
    };
    for (const { pluginName, conclusion, violations } of report.pluginReports) {
      assert.equal(conclusion, 'success', pluginName);
      assert.deepEqual(violations, []);
    }
  });

  it('bundles every function to one ES module that Node can load with the environment that it is given', async () => {
    const given = functionsOf(output);
    assert.deepEqual([...given.keys()].sort(), FUNCTIONS.map((name) => `kgc-${name}`).sort());
    for (const name of FUNCTIONS) assert.ok(existsSync(handlerFile(name)), `lambdas/${name}/handler.ts is gone`);
    for (const [name, { bundle, variables }] of given) {
      assert.ok(statSync(bundle).size < MAX_BUNDLE_BYTES, `${name}: ${statSync(bundle).size} bytes`);
      await run(process.execPath, ['--input-type=module', '--eval', LOAD, bundle], {
        env: { ...RUNTIME, ...variables },
      });
    }
  });
});

describe('The architecture', () => {
  it('comes out the same each time', () => {
    const [one, two] = [cloud(), cloud()];
    for (const concern of Object.keys(one.templates) as Concern[]) {
      assert.deepEqual(one.templates[concern].toJSON(), two.templates[concern].toJSON());
    }
  });

  it('lives twice in one account under two names', () => {
    const [one, two] = [cloud({ name: 'one' }), cloud({ name: 'two' })];
    const named =
      /^(FunctionName|QueueName|TopicName|AlarmName|LogGroupName|ManagedPolicyName|RuleSetName|DashboardName)$/;
    const names = (site: typeof one): unknown[] =>
      Object.values(site.templates)
        .flatMap((template) => Object.values((template.toJSON() as { Resources: object }).Resources))
        .flatMap(({ Properties }: { Properties?: object }) => Object.entries(Properties ?? {}))
        .flatMap(([key, value]) => (named.test(key) && typeof value === 'string' ? [value] : []));
    assert.ok(names(one).length > 30);
    assert.deepEqual(
      names(one).filter((name) => names(two).includes(name)),
      [],
    );
  });

  it('tells each resource’s site, for the bill', () => {
    for (const { properties } of cloud().all('AWS::Lambda::Function')) {
      if (properties.FunctionName) assert.deepEqual(properties.Tags, [{ Key: 'site', Value: 'kgc' }]);
    }
  });
});

/** Loads a bundle as Lambda does, and ends with an error unless it exports a handler. */
const LOAD = `
  globalThis.awslambda = { streamifyResponse: (handler) => handler, HttpResponseStream: { from: (stream) => stream } };
  const { handler } = await import(process.argv[1]);
  if (typeof handler !== 'function') throw new Error('no handler');
  process.exit(0);
`;

/** What Lambda's own environment has, as far as a module needs it to load. */
const RUNTIME = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' };

/** Bundle and environment of each function; what only the deployment knows is replaced by a word. */
function functionsOf(output: string): Map<string, { bundle: string; variables: Record<string, string> }> {
  const functions = new Map<string, { bundle: string; variables: Record<string, string> }>();
  for (const file of readdirSync(output).filter((name) => name.endsWith('.template.json'))) {
    const { Resources } = JSON.parse(readFileSync(join(output, file), 'utf8')) as {
      Resources: Record<string, Resource>;
    };
    for (const { Type, Properties } of Object.values(Resources)) {
      if (Type !== 'AWS::Lambda::Function' || Properties.FunctionName === undefined) continue;
      const asset = `asset.${Properties.Code.S3Key?.replace(/\.zip$/, '')}`;
      const variables = Object.entries(Properties.Environment.Variables).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : 'known-when-deployed',
      ]);
      functions.set(Properties.FunctionName, {
        bundle: join(output, asset, 'index.mjs'),
        variables: Object.fromEntries(variables) as Record<string, string>,
      });
    }
  }
  return functions;
}

interface Resource {
  readonly Type: string;
  readonly Properties: {
    readonly FunctionName?: string;
    readonly Code: { readonly S3Key?: string };
    readonly Environment: { readonly Variables: Record<string, unknown> };
  };
}
