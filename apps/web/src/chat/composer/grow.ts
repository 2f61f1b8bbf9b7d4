/** Browsers that size a text field by its content need no help. */
const sizesItself = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

/** Makes a text field as high as its text; the style sheet bounds it. */
export function growTextarea(area: HTMLTextAreaElement): void {
  if (sizesItself) return;
  area.style.height = "auto";
  const borders = area.offsetHeight - area.clientHeight;
  area.style.height = `${String(area.scrollHeight + borders)}px`;
}
