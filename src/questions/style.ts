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
const asksForCode =
  /\b(?:write|implement|complete|create)\b.{0,40}\b(?:function|program|code|script|method|class|query)\b|python|```/gi;
const codeWords =
  /\b(?:def|return|import|class|assert|print|for \w+ in|elif|lambda|public|static|void|int|const|var|let|self)\b/g;
const howMany = /\bhow (?:many|much|long|far|old)\b/gi;
const whichOfThese = /\bwhich (?:of|one|statement)\b|\bthe following\b|\bstatement\s*\d/gi;
const accordingTo = /\baccording to\b/gi;
const formulas = /\\frac|\\sqrt/gi;
const amounts = /\$\s?\d|%/g;
const blanks = /_{2,}|\[MASK\]|\.\.\.\s*$/g;

/** Sorts of cue words that count one by one, in the order of {@link wordCounts}; a word may be of two sorts. */
const sorts: readonly string[] = [
  "let find compute calculate solve prove simplify evaluate equation integer polynomial matrix triangle probability sum product theorem root",
  "not except least incorrect false never cannot",
  "passage paragraph article context text document excerpt",
  "yes no true false",
  "dollar dollars cent cents hour hours minute minutes day days week weeks mile miles pound pounds feet inches kg cm percent total each per",
  "he she his her him they their you your my",
];
/** Bits of the sorts that a lowercase word is of. */
const sortsOf = new Map<string, number>();
sorts.forEach((words, sort) => {
  for (const word of words.split(" ")) sortsOf.set(word, (sortsOf.get(word) ?? 0) | (1 << sort));
});
/** Pronouns count as they are written: "US" and "IT" are none. */
const people = 1 << 5;

/** How many words are of each sort. */
function wordCounts(text: string): number[] {
  const counts = new Array<number>(sorts.length).fill(0);
  for (const word of text.match(/[A-Za-z0-9_]+/g) ?? []) {
    if (word === "I") counts[5]++;
    if (word.length > 11) continue;
    const lower = word.toLowerCase();
    const bits = sortsOf.get(lower);
    if (bits === undefined || (bits === people && word !== lower)) continue;
    for (let sort = 0; sort < counts.length; sort++) counts[sort] += (bits >> sort) & 1;
  }
  return counts;
}

const matches = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

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
  const words: readonly string[] = read.match(/\S+/g) ?? [];
  const w = Math.max(1, words.length);
  const options = Array.from(read.matchAll(optionLine), (match) => match[1]);
  const lengths = options.map((option) => option.length);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length);
  const spread = Math.sqrt(
    lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / Math.max(1, lengths.length),
  );
  const last = read.trimEnd().at(-1) ?? "";
  const [mathematical, negations, texts, yesOrNo, measures, pronouns] = wordCounts(read);
  const hits = [
    matches(read, codeWords),
    matches(read, asksForCode),
    matches(read, howMany),
    mathematical + matches(read, formulas),
    negations,
    matches(read, whichOfThese),
    texts + matches(read, accordingTo),
    yesOrNo,
    pronouns,
    measures + matches(read, amounts),
    matches(read, blanks),
  ];
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
    ...hits.map(Math.log1p),
  ]);
  return out;
}

/** What each ASCII character counts as; capitals and digits besides. */
const kinds = [
  "commas",
  "stops",
  "questions",
  "quotes",
  "dollars",
  "backslashes",
  "underscores",
  "brackets",
  "operators",
] as const;
const signs = [",", ".", "?", "\"'", "$", "\\", "_", "()[]{};", "+-*/^=<>|"];
const kindOf = new Uint8Array(128).fill(kinds.length);
signs.forEach((those, kind) => {
  for (const sign of those) kindOf[sign.charCodeAt(0)] = kind;
});

function countCharacters(text: string) {
  const of = new Int32Array(kinds.length + 1);
  let digits = 0;
  let numbers = 0;
  let capitals = 0;
  let foreign = 0;
  let han = 0;
  let space = 0;
  let lines = 1;
  let longestLine = 0;
  let lineStart = 0;
  let inNumber = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const digit = unit >= 48 && unit <= 57;
    if (digit) {
      digits++;
      if (!inNumber) numbers++;
    }
    inNumber = digit;
    if (unit <= 32) {
      space++;
      if (unit === 10) {
        lines++;
        longestLine = Math.max(longestLine, i - lineStart);
        lineStart = i + 1;
      }
    } else if (unit >= 65 && unit <= 90) capitals++;
    else if (unit > 127) {
      foreign++;
      if (unit >= 0x3040 && unit <= 0xd7af) han++;
    } else of[kindOf[unit]]++;
  }
  longestLine = Math.max(longestLine, text.length - lineStart);
  const [commas, stops, questions, quotes, dollars, backslashes, underscores, brackets, operators] = of;
  return {
    digits,
    numbers,
    capitals,
    foreign,
    han,
    space,
    lines,
    longestLine,
    commas,
    stops,
    questions,
    quotes,
    dollars,
    backslashes,
    underscores,
    brackets,
    operators,
  };
}
