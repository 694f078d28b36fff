import assert from 'node:assert/strict';
import { test } from 'node:test';
import { htmlToText } from '../../../core/mail/html-text.ts';

for (const [what, html, text] of [
  ['paragraphs are parted by empty lines', '<p>one</p><p>two</p>', 'one\r\n\r\ntwo\r\n'],
  ['white space between words is one space', 'a\n\n  b\t c', 'a b c'],
  ['lines end where the markup ends them', 'a<br>b<div>c</div>d', 'a\r\nb\r\nc\r\nd'],
  ['head, style and script are not read', '<head><title>t</title></head><style>s</style><script>"<p>"</script>x', 'x'],
  ['comments are not read', 'a<!-- <p>no</p> -->b<!doctype x>c', 'abc'],
  ['entities are letters', '&lt;b&gt; &auml;&#8364;&#x41;&nbsp;', '<b> ä€A'],
  ['links show where they lead', 'see <a href="http://x.org/?a&amp;b">here</a>.', 'see here <http://x.org/?a&b> .'],
  ['tracking links stay out', '<a href="https://x.org">here</a> <img src="cid:1">', 'here'],
  ['lists have marks and numbers', '<ul><li>a<li>b<ol><li>c<li>d</ol></ul>', '*\ta\r\n*\tb\r\n\t1.\tc\r\n\t2.\td\r\n'],
  [
    'cells are parted by tabs, rows by lines',
    '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>',
    'a\tb\r\nc',
  ],
  ['a rule is a line of hyphens', 'a<hr>b', `a\r\n${'-'.repeat(32)}\r\nb`],
  ['preformatted text keeps its lines', '<pre>a\n  b\n</pre>', 'a\r\n  b\r\n'],
  ['broken markup is text', 'a < b <b c', 'a < b'],
] as const) {
  test(what, () => assert.equal(htmlToText(html), text));
}

test('a body of the genuine client has the text that the genuine client made of it (recorded on 11.0.2)', () => {
  const html = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd"><html>
<head>
  <meta name="Generator" content="Zarafa WebApp v7.1.11-46050">
  <meta http-equiv="Content-Type" content="text/html; charset=utf-8">
  <title>GPL</title>
</head>
<body>
<p style="padding: 0; margin: 0;"><span style="font-size: 10pt; font-family: tahoma,arial,helvetica,sans-serif;">The licenses for most software are designed to take away your freedom.</span></p>
</body>
</html>
`;
  assert.equal(htmlToText(html), 'The licenses for most software are designed to take away your freedom.\r\n');
});

test('hostile markup takes no more time than its length', () => {
  const started = performance.now();
  for (const html of [
    '<b>',
    '<div><li>',
    '</i>',
    '<a href=x>',
    '&amp',
    '<ol>',
    '<!--',
    '<p \0',
    '<td>',
    '<pre>\n',
    'a ',
  ]) {
    htmlToText(html.repeat(300_000));
  }
  htmlToText(`<pre>${' '.repeat(3_000_000)}x\n`);
  assert.ok(performance.now() - started < 15_000);
});
