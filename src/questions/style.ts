/**
 * How a question is written, as {@link styleNames} lists: length, lines, answer options, digits, scripts, code and
 * mathematics marks, cue words. They tell tasks apart (multiple choice, mathematics, code, open answers), which says
 * much about which LLM answers well.
 */
export const styleNames = [
  "length",
  "words",
  "word length",
  "lines",
  "longest line",
  "distinct words",
  "digits",
  "numbers",
  "capitals",
  "capitalised words",
  "accents and other scripts",
  "Chinese, Japanese, Korean",
  "white space",
  "commas",
  "full stops",
  "question marks",
  "quotation marks",
  "brackets",
  "operators",
  "dollar signs",
  "backslashes",
  "underscores",
  "options",
  "option length",
  "option length spread",
  "numeric options",
  "ends in a question mark",
  "ends in a colon",
  "ends in a full stop",
  "begins with a question word",
  "begins with an instruction",
  "code words",
  "asks for code",
  "asks how many",
  "mathematical words",
  "negation",
  "which of these",
  "refers to a text",
  "yes or no",
  "people and pronouns",
  "money and measures",
  "blank to fill",
] as const;

/** Spreads of features that are no logarithms of counts and no flags: shares of characters, words and options, averages. */
const narrow: Partial<Record<(typeof styleNames)[number], number>> = {
  "word length": 0.5,
  "distinct words": 0.1,
  digits: 0.02,
  capitals: 0.02,
  "capitalised words": 0.1,
  "accents and other scripts": 0.02,
  "Chinese, Japanese, Korean": 0.02,
  "white space": 0.02,
  brackets: 0.01,
  operators: 0.01,
  options: 0.5,
};

/**
 * The least spread of each style feature that counts as usual: texts of a narrow template (a few words' difference in
 * length, all of one shape) are not told apart as if these differences were large.
 */
export const styleUnits: Readonly<Record<(typeof styleNames)[number], number>> = Object.fromEntries(
  styleNames.map((name) => [name, narrow[name] ?? 0.25]),
) as Record<(typeof styleNames)[number], number>;

/** Code units of a text's beginning and of its end that are read; what lies between counts by its length only. */
const readAtEachEnd = 4096;

const optionLine = /^[ \t]*[([]?(?:[A-J]|[a-j]|[1-9])[.):\]][ \t]*(\S.*)$/gm;
const cues: readonly RegExp[] = [
  /\b(?:def|return|import|class|assert|print|for \w+ in|elif|lambda|public|static|void|int|const|var|let|self)\b/g,
  /\b(?:write|implement|complete|create)\b.{0,40}\b(?:function|program|code|script|method|class|query)\b|python|```/gi,
  /\bhow (?:many|much|long|far|old)\b/gi,
  /\b(?:let|find|compute|calculate|solve|prove|simplify|evaluate|equation|integer|polynomial|matrix|triangle|probability|sum|product|theorem|root)\b|\\frac|\\sqrt/gi,
  /\b(?:not|except|least|incorrect|false|never|cannot)\b/gi,
  /\bwhich (?:of|one|statement)\b|\bthe following\b|\bstatement\s*\d/gi,
  /\b(?:passage|paragraph|article|context|text|document|according to|excerpt)\b/gi,
  /\b(?:yes|no|true|false)\b/gi,
  /\b(?:he|she|his|her|him|they|their|you|your|my|I)\b/g,
  /\$\s?\d|%|\b(?:dollars?|cents?|hours?|minutes?|days?|weeks?|miles?|pounds?|feet|inches|kg|cm|percent|total|each|per)\b/gi,
  /_{2,}|\[MASK\]|\.\.\.\s*$/g,
];
const questionWord =
  /^\W*(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can)\b/i;
const instruction =
  /^\W*(?:write|find|let|given|compute|calculate|solve|determine|evaluate|simplify|answer|choose|read|complete|implement|please|you are|translate|explain|prove)\b/i;

/** Style features of one text, in the order of {@link styleNames}; bounded time whatever the length. */
export function styleFeatures(text: string): Float32Array {
  const out = new Float32Array(styleNames.length);
  const whole = text.length <= 2 * readAtEachEnd;
  const read = whole ? text : `${text.slice(0, readAtEachEnd)}\n${text.slice(-readAtEachEnd)}`;
  const counts = countCharacters(read);
  const n = Math.max(1, read.length);
  const words = read.split(/\s+/).filter((word) => word !== "");
  const w = Math.max(1, words.length);
  const options = Array.from(read.matchAll(optionLine), (match) => match[1]);
  const lengths = options.map((option) => option.length);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length);
  const spread = Math.sqrt(
    lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / Math.max(1, lengths.length),
  );
  const last = read.trimEnd().at(-1) ?? "";
  const hits = cues.map((cue) => Math.log1p(read.match(cue)?.length ?? 0));
  out.set([
    Math.log1p(text.length),
    Math.log1p((w * text.length) / n),
    (n - counts.space) / w,
    Math.log1p(counts.lines),
    Math.log1p(counts.longestLine),
    new Set(words).size / w,
    counts.digits / n,
    Math.log1p(counts.numbers),
    counts.capitals / n,
    words.filter((word) => word[0] !== word[0].toLowerCase()).length / w,
    counts.foreign / n,
    counts.han / n,
    counts.space / n,
    Math.log1p(counts.commas),
    Math.log1p(counts.stops),
    Math.log1p(counts.questions),
    Math.log1p(counts.quotes),
    counts.brackets / n,
    counts.operators / n,
    Math.log1p(counts.dollars),
    Math.log1p(counts.backslashes),
    Math.log1p(counts.underscores),
    Math.min(options.length, 10),
    Math.log1p(mean),
    Math.log1p(spread),
    options.filter((option) => /\d/.test(option)).length / Math.max(1, options.length),
    last === "?" ? 1 : 0,
    last === ":" ? 1 : 0,
    last === "." ? 1 : 0,
    questionWord.test(read) ? 1 : 0,
    instruction.test(read) ? 1 : 0,
    hits[0],
    hits[1],
    hits[2],
    hits[3],
    hits[4],
    hits[5],
    hits[6],
    hits[7],
    hits[8],
    hits[9],
    hits[10],
  ]);
  return out;
}

function countCharacters(text: string) {
  const counts = {
    digits: 0,
    numbers: 0,
    capitals: 0,
    foreign: 0,
    han: 0,
    space: 0,
    commas: 0,
    stops: 0,
    questions: 0,
    quotes: 0,
    brackets: 0,
    operators: 0,
    dollars: 0,
    backslashes: 0,
    underscores: 0,
    lines: 1,
    longestLine: 0,
  };
  let lineStart = 0;
  let inNumber = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const digit = unit >= 48 && unit <= 57;
    if (digit) {
      counts.digits++;
      if (!inNumber) counts.numbers++;
    }
    inNumber = digit;
    if (unit === 10) {
      counts.lines++;
      counts.longestLine = Math.max(counts.longestLine, i - lineStart);
      lineStart = i + 1;
    }
    if (unit <= 32) counts.space++;
    else if (unit >= 65 && unit <= 90) counts.capitals++;
    else if (unit > 127) {
      counts.foreign++;
      if (unit >= 0x3040 && unit <= 0xd7af) counts.han++;
    } else if (unit === 44) counts.commas++;
    else if (unit === 46) counts.stops++;
    else if (unit === 63) counts.questions++;
    else if (unit === 34 || unit === 39) counts.quotes++;
    else if ("()[]{};".includes(text[i])) counts.brackets++;
    else if ("+-*/^=<>|".includes(text[i])) counts.operators++;
    else if (unit === 36) counts.dollars++;
    else if (unit === 92) counts.backslashes++;
    else if (unit === 95) counts.underscores++;
  }
  counts.longestLine = Math.max(counts.longestLine, text.length - lineStart);
  return counts;
}
