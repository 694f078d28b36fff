import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cloud, type Found, statements } from './cloud.ts';

const site = cloud();
const methods = site.all('AWS::ApiGateway::Method');
const stage = site.one('AWS::ApiGateway::Stage').properties as {
  StageName: string;
  MethodSettings: Record<string, unknown>[];
  AccessLogSetting: { Format: string };
};

describe('The endpoint', () => {
  it('takes POST on every path, and nothing but POST', () => {
    assert.deepEqual(methods.map(path).sort(), ['/', '/trusted', '/{proxy+}']);
    for (const { properties } of methods) assert.equal(properties.HttpMethod, 'POST');
  });

  it('asks IAM on the trusted route, and only there', () => {
    for (const method of methods) {
      const expected = path(method) === '/trusted' ? 'AWS_IAM' : 'NONE';
      assert.equal(method.properties.AuthorizationType, expected, path(method));
    }
  });

  it('opens the trusted route by a policy that opens nothing else', () => {
    const [statement, ...more] = statements(site.one('AWS::IAM::ManagedPolicy', 'administrators'));
    assert.deepEqual(more, []);
    assert.equal(statement!.Action, 'execute-api:Invoke');
    assert.match(JSON.stringify(statement!.Resource), /\/kopano\/POST\/trusted"/);
  });

  it('hands every request to the soap function and streams its answer', () => {
    for (const { properties } of methods) {
      const integration = properties.Integration as { Type: string; ResponseTransferMode: string; Uri: unknown };
      assert.equal(integration.Type, 'AWS_PROXY');
      assert.equal(integration.ResponseTransferMode, 'STREAM');
      assert.match(JSON.stringify(integration.Uri), /2021-11-15\/functions\/.*soap.*\/response-streaming-invocations/);
    }
  });

  it('waits for the function as long as the function may take', () => {
    const soap = site.all('AWS::Lambda::Function').find(({ properties }) => properties.FunctionName === 'kgc-soap')!;
    const milliseconds = (soap.properties.Timeout as number) * 1000;
    for (const { properties } of methods) {
      assert.equal((properties.Integration as { TimeoutInMillis: number }).TimeoutInMillis, milliseconds);
    }
  });

  it('takes any content as bytes', () => {
    assert.deepEqual(site.one('AWS::ApiGateway::RestApi').properties.BinaryMediaTypes, ['*/*']);
  });

  it('is called /kopano, as clients are used to', () => {
    assert.equal(stage.StageName, 'kopano');
  });

  it('bounds the rate of requests', () => {
    const [settings] = stage.MethodSettings;
    assert.equal(settings!.ThrottlingRateLimit, 200);
    assert.equal(settings!.ThrottlingBurstLimit, 400);
  });

  it('logs who came and what became of it, but neither headers nor bodies', () => {
    const { Format } = stage.AccessLogSetting;
    assert.match(Format, /\$context\.identity\.userArn/);
    assert.doesNotMatch(Format, /authorizer|header|body|querystring/i);
    const [settings] = stage.MethodSettings;
    assert.equal(settings!.DataTraceEnabled, false);
    assert.equal(settings!.LoggingLevel, 'OFF');
  });

  it('stands behind a web ACL where a site has one', () => {
    assert.deepEqual(site.all('AWS::WAFv2::WebACLAssociation'), []);
    const webAclArn = 'arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/mail/0';
    const guarded = cloud({ webAclArn }).one('AWS::WAFv2::WebACLAssociation').properties;
    assert.equal(guarded.WebACLArn, webAclArn);
    assert.match(JSON.stringify(guarded.ResourceArn), /\/stages\//);
  });

  it('has no second door beside its own name', () => {
    const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/0';
    const named = cloud({ endpoint: { domain: 'mail.example.org', certificateArn } });
    assert.equal(named.one('AWS::ApiGateway::RestApi').properties.DisableExecuteApiEndpoint, true);
    assert.equal(named.one('AWS::ApiGateway::DomainName').properties.SecurityPolicy, 'TLS_1_2');
  });

  it('leaves the account’s logging role alone where a site says so', () => {
    assert.equal(site.all('AWS::ApiGateway::Account').length, 1);
    assert.deepEqual(cloud({ gatewayLogRole: false }).all('AWS::ApiGateway::Account'), []);
  });
});

/** The path of a method, from the resource that it belongs to. */
function path(method: Found): string {
  const { ResourceId } = method.properties as { ResourceId: { Ref?: string } };
  const resource = site.all('AWS::ApiGateway::Resource').find(({ id }) => id === ResourceId.Ref);
  return `/${resource?.properties.PathPart ?? ''}`;
}
