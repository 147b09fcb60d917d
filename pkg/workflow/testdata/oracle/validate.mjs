// Reads a state machine's document on stdin; prints what asl-validator says.
import { readFileSync } from "node:fs";
import validator from "asl-validator";

const { isValid, errors } = validator(JSON.parse(readFileSync(0, "utf8")));
console.log(JSON.stringify({ isValid, errors }));
