// Reads [{template, body, params: {path, querystring, header}, context,
// stageVariables}] on stdin and writes [{text} | {error}] on stdout. velocityjs
// renders; $input, $util, $context and the Java methods of strings are as the
// Amazon API Gateway Developer Guide and the Java API document them.
import { readFileSync } from 'node:fs';
import velocity from 'velocityjs';

const { Compile, parse } = velocity;

// Java's replacement strings: \x is x, $1 is a group.
function expand(replacement, groups) {
  let out = '';
  for (let i = 0; i < replacement.length; i++) {
    if (replacement[i] === '\\') out += replacement[++i];
    else if (replacement[i] === '$') out += groups[Number(replacement[++i])] ?? '';
    else out += replacement[i];
  }
  return out;
}

const replaceWith = (flags) => (s, regex, replacement) =>
  s.replace(new RegExp(regex, flags), (...match) => expand(replacement, match));

function split(s, regex) {
  const parts = s.split(new RegExp(regex));
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts;
}

const stringMethods = {
  length: (s) => s.length,
  isEmpty: (s) => s === '',
  equals: (s, other) => s === other,
  equalsIgnoreCase: (s, other) => s.toLowerCase() === other.toLowerCase(),
  contains: (s, other) => s.includes(other),
  matches: (s, regex) => new RegExp(`^(?:${regex})$`).test(s),
  replaceAll: replaceWith('g'),
  replaceFirst: replaceWith(''),
  replace: (s, from, to) => s.split(from).join(to),
  split,
  toString: (s) => s,
};

const customMethodHandlers = [
  {
    uid: 'java.lang.String',
    match: ({ property, context }) => typeof context === 'string' && Object.hasOwn(stringMethods, property),
    resolve: ({ property, context, params }) => stringMethods[property](context, ...params),
  },
  {
    uid: 'java.util.List',
    match: ({ property, context }) => Array.isArray(context) && ['get', 'contains', 'isEmpty', 'add'].includes(property),
    resolve: ({ property, context, params }) => {
      switch (property) {
        case 'get': return context[params[0]];
        case 'contains': return context.includes(params[0]);
        case 'isEmpty': return context.length === 0;
        default: context.push(params[0]); return true;
      }
    },
  },
  {
    uid: 'java.util.Map',
    match: ({ property, context }) =>
      context !== null && typeof context === 'object' && !Array.isArray(context) &&
      ['get', 'containsKey', 'isEmpty'].includes(property) && typeof context[property] !== 'function',
    resolve: ({ property, context, params }) => {
      switch (property) {
        case 'get': return context[params[0]];
        case 'containsKey': return Object.hasOwn(context, params[0]);
        default: return Object.keys(context).length === 0;
      }
    },
  },
];

const escapes = { '\b': '\\b', '\n': '\\n', '\t': '\\t', '\f': '\\f', '\r': '\\r', "'": "\\'", '"': '\\"', '\\': '\\\\', '/': '\\/' };

// StringEscapeUtils.escapeJavaScript of Apache Commons Lang 2.
function escapeJavaScript(value) {
  let out = '';
  for (let i = 0; i < String(value).length; i++) {
    const c = String(value)[i];
    const code = c.charCodeAt(0);
    if (escapes[c]) out += escapes[c];
    else if (code < 0x20 || code > 0x7f) out += '\\u' + code.toString(16).toUpperCase().padStart(4, '0');
    else out += c;
  }
  return out;
}

const util = {
  escapeJavaScript,
  parseJson: (s) => JSON.parse(s),
  urlEncode: (s) => encodeURIComponent(s).replace(/%20/g, '+').replace(/[!'()~]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase()),
  urlDecode: (s) => decodeURIComponent(s.replace(/\+/g, ' ')),
  base64Encode: (s) => Buffer.from(String(s)).toString('base64'),
  base64Decode: (s) => Buffer.from(s, 'base64').toString(),
};

function follow(root, path) {
  let value = root;
  for (const [, name, quoted, index] of path.slice(1).matchAll(/\.([^.[]+)|\['([^']*)'\]|\[(\d+)\]/g)) {
    value = value?.[name ?? quoted ?? Number(index)];
  }
  return value === undefined ? '' : value;
}

function find(object, name) {
  const key = Object.keys(object).find((k) => k.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : object[key];
}

function render({ template, body, params, context, stageVariables }) {
  const path = params?.path ?? {};
  const querystring = params?.querystring ?? {};
  const header = params?.header ?? {};
  const text = body || '{}';
  const input = {
    body: text,
    json: (p) => JSON.stringify(follow(JSON.parse(text), p)),
    path: (p) => follow(JSON.parse(text), p),
    params: (name) => (name === undefined ? { path, querystring, header } : path[name] ?? querystring[name] ?? find(header, name) ?? ''),
  };
  return new Compile(parse(template), { customMethodHandlers, escape: false })
    .render({ input, util, context: context ?? {}, stageVariables: stageVariables ?? {} });
}

const cases = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(cases.map((c) => {
  try {
    return { text: render(c) };
  } catch (e) {
    return { error: String(e) };
  }
})));
