import { randomUUID } from 'node:crypto';
import { BodyTooLargeError, type Service, type ServiceRequest, type ServiceResponse } from '../endpoint/service.ts';
import { toXml } from '../endpoint/xml.ts';
import { type Outbox, SendRefusedError } from './outbox.ts';

/** Size of a message in the two APIs (Amazon SES quotas). */
const MAX_V1_BYTES = 10 * 1024 * 1024;
const MAX_V2_BYTES = 40 * 1024 * 1024;

/** Base64 makes 4 of 3 bytes, a form up to 3 bytes of some of these; the rest is room for addresses. */
const MAX_V1_REQUEST_BYTES = 2 * MAX_V1_BYTES;
const MAX_V2_REQUEST_BYTES = 1.5 * MAX_V2_BYTES;

/** SES for senders of raw messages: SendRawEmail of the v1 query protocol and SendEmail of the v2 REST protocol. */
export function sesService(outbox: Outbox): Service {
  return (request) => (request.path.startsWith('/v2/') ? sendV2(request, outbox) : sendV1(request, outbox));
}

async function sendV1(request: ServiceRequest, outbox: Outbox): Promise<ServiceResponse> {
  try {
    const form = new URLSearchParams((await request.body(MAX_V1_REQUEST_BYTES)).toString('latin1'));
    const action = form.get('Action');
    if (action !== 'SendRawEmail') return v1Error('InvalidAction', `The action ${action} is not known here.`);
    const raw = Buffer.from(form.get('RawMessage.Data') ?? '', 'base64');
    if (raw.length > MAX_V1_BYTES) return v1Error('InvalidParameterValue', tooLong(raw.length, MAX_V1_BYTES));
    const messageId = await outbox.send({
      api: 'v1',
      from: form.get('Source') ?? undefined,
      recipients: members(form, 'Destinations'),
      tags: members(form, 'Tags', '.Name').map((name, index) => [name, members(form, 'Tags', '.Value')[index] ?? '']),
      raw,
    });
    const RequestId = randomUUID();
    return v1Response(200, 'SendRawEmailResponse', {
      SendRawEmailResult: { MessageId: messageId },
      ResponseMetadata: { RequestId },
    });
  } catch (error) {
    if (error instanceof SendRefusedError) return v1Error('MessageRejected', error.message);
    if (error instanceof BodyTooLargeError) return v1Error('InvalidParameterValue', error.message);
    throw error;
  }
}

async function sendV2(request: ServiceRequest, outbox: Outbox): Promise<ServiceResponse> {
  if (request.method !== 'POST' || request.path !== '/v2/email/outbound-emails') {
    return v2Error('NotFoundException', 'Only SendEmail is known here.', 404);
  }
  try {
    const body = JSON.parse((await request.body(MAX_V2_REQUEST_BYTES)).toString('utf8')) as V2SendEmail;
    const data = body.Content?.Raw?.Data;
    if (!data) return v2Error('BadRequestException', 'Only raw messages are known here.');
    const raw = Buffer.from(data, 'base64');
    if (raw.length > MAX_V2_BYTES) return v2Error('BadRequestException', tooLong(raw.length, MAX_V2_BYTES));
    const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = body.Destination ?? {};
    const messageId = await outbox.send({
      api: 'v2',
      from: body.FromEmailAddress,
      recipients: [...ToAddresses, ...CcAddresses, ...BccAddresses],
      tags: (body.EmailTags ?? []).map(({ Name, Value }) => [Name, Value]),
      raw,
    });
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ MessageId: messageId }),
    };
  } catch (error) {
    if (error instanceof SendRefusedError) return v2Error('MessageRejected', error.message);
    if (error instanceof BodyTooLargeError) return v2Error('BadRequestException', error.message);
    if (error instanceof SyntaxError) return v2Error('BadRequestException', 'The request is no JSON.');
    throw error;
  }
}

interface V2SendEmail {
  readonly FromEmailAddress?: string;
  readonly Destination?: {
    readonly ToAddresses?: readonly string[];
    readonly CcAddresses?: readonly string[];
    readonly BccAddresses?: readonly string[];
  };
  readonly Content?: { readonly Raw?: { readonly Data?: string } };
  readonly EmailTags?: readonly { readonly Name: string; readonly Value: string }[];
}

/** `Name.member.1`, `Name.member.2`, … of a query request; with a field, `Name.member.1.Field`, … */
function members(form: URLSearchParams, name: string, field = ''): string[] {
  const values: string[] = [];
  const key = (index: number): string => `${name}.member.${index}${field}`;
  for (let index = 1; form.has(key(index)); index++) values.push(form.get(key(index))!);
  return values;
}

function tooLong(actual: number, limit: number): string {
  return `Message length is more than ${limit} bytes long: '${actual}'.`;
}

function v1Response(status: number, root: string, tree: Parameters<typeof toXml>[1]): ServiceResponse {
  const body = toXml(root, tree).replace(`<${root}>`, `<${root} xmlns="http://ses.amazonaws.com/doc/2010-12-01/">`);
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function v1Error(Code: string, Message: string): ServiceResponse {
  return v1Response(400, 'ErrorResponse', { Error: { Type: 'Sender', Code, Message }, RequestId: randomUUID() });
}

function v2Error(code: string, message: string, status = 400): ServiceResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: JSON.stringify({ message }),
  };
}
