export { dots } from "./dots";
