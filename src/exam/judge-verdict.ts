import { type Grade, graded, withoutThinking } from "./grade.ts";

/** What a judge is asked unless told otherwise. */
export const judgeTemplate = `Question:
{{question}}

Reference answer:
{{answer}}

Response to be graded:
{{response}}

Does the response give the reference answer? Judge the meaning, not the wording. Reply with one word: CORRECT or INCORRECT.`;

const word = "(correct|incorrect|right|wrong|yes|no)";
const positive = ["correct", "right", "yes"];
const loneWord = new RegExp(String.raw`^(not\s+(?:quite\s+|really\s+)?)?${word}$`, "i");
const statement = new RegExp(
  String.raw`^(?:(?:but|so|hence|thus|therefore)\s+)*(?:it|that|this|(?:the\s+|this\s+|its\s+)?(?:response|answer))\s*(?:is|was|['’]s)\s*(not\s+|n['’]t\s+)?(?:(?:quite|really|entirely|also|clearly)\s+)?${word}(?:\s+(?:because|since|as)\b.*)?$`,
  "i",
);
const named = new RegExp(
  String.raw`\b(?:verdict|grade|judge?ment|conclusion|final answer)\b\W*(?:is\W+)?(not\s+)?${word}\b`,
  "gi",
);

/**
 * Reads a judge's reply: the word after "verdict:", a last line that is one, or the first and the last clause where they are
 * a lone "correct", "incorrect", "right", "wrong", "yes" or "no", or a plain "it is correct"; or a number from 0 to 1 and
 * nothing else. What says both, or neither so plainly, is no verdict.
 */
export function readVerdict(reply: string): Grade {
  const text = withoutThinking(reply)
    .replace(/[*_`#"“”()[\]]/g, "")
    .trim();
  const number = Number(text);
  if (text !== "" && number >= 0 && number <= 1) return { score: number, extracted: text };
  const last = [...text.matchAll(named)].at(-1);
  if (last) return verdict(last);
  const line = said(text.slice(text.lastIndexOf("\n") + 1));
  if (line) return line;
  const clauses = text.match(/[^.,:;!?\n—–]+[.,:;!?\n—–]*/g) ?? [];
  const found = [clauses[0], clauses.at(-1)].flatMap((clause) => (clause && said(clause)) || []);
  return found.length > 0 && found.every(({ score }) => score === found[0].score)
    ? found[0]
    : { score: undefined };
}

/** The verdict that a clause is; none in a question. */
function said(clause: string): Grade | undefined {
  const plain = clause.trim().replace(/[.,:;!—–\s]+$/, "");
  const match = loneWord.exec(plain) ?? statement.exec(plain);
  return match ? verdict(match) : undefined;
}

function verdict([, negation, given]: readonly (string | undefined)[]): Grade {
  const name = (given as string).toLowerCase();
  return graded(negation ? `not ${name}` : name, positive.includes(name) === !negation);
}
