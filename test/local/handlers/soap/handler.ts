import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';

/** A function of the tests: answers its event, or does what the event's body asks for. */
export async function handler(event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> {
  const body = Buffer.from(event.body ?? '', 'base64');
  const command = body.length < 100 ? body.toString() : '';
  if (command === 'crash') process.exit(7);
  if (command === 'throw') throw new Error('asked to throw');
  if (command === 'sleep') await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (command === 'malformed') return { body: 'no status' } as unknown as APIGatewayProxyResult;
  if (command === 'bytes') {
    return {
      statusCode: 200,
      headers: { 'Content-Type': 'application/octet-stream' },
      multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] },
      body: Buffer.from([0, 255, 128]).toString('base64'),
      isBase64Encoded: true,
    };
  }
  const remaining = context.getRemainingTimeInMillis();
  return {
    statusCode: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ event: { ...event, body: undefined }, length: body.length, pid: process.pid, remaining }),
  };
}
