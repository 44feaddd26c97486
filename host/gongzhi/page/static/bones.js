/** Takes the 13 joints of one moment (learn/features.py), draws them as a body; blue is the person's left. */

const [LEFT, RIGHT, MIDDLE] = ["#1463a5", "#c2410c", "#475569"];
// Pairs of the joints, in the order of learn/features.py.
const BONES = [
  [1, 2, MIDDLE], [7, 8, MIDDLE], [1, 7, MIDDLE], [2, 8, MIDDLE], [1, 3, LEFT], [3, 5, LEFT], [2, 4, RIGHT],
  [4, 6, RIGHT], [7, 9, LEFT], [9, 11, LEFT], [8, 10, RIGHT], [10, 12, RIGHT],
]; // prettier-ignore

/** `frame`: [x, y] of each joint in trunks from mid-hip, y up, or null for one that is not seen. */
export function draw(canvas, frame) {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  // Mid-hip a little below the middle; a trunk is nearly a fifth of the height.
  const unit = canvas.height / 4.8;
  const at = ([x, y]) => [canvas.width / 2 + x * unit, canvas.height * 0.55 - y * unit];
  pen.lineWidth = Math.max(3, canvas.height / 60);
  pen.lineCap = "round";
  for (const [from, to, colour] of BONES) {
    if (!frame[from] || !frame[to]) continue;
    pen.strokeStyle = colour;
    pen.beginPath();
    pen.moveTo(...at(frame[from]));
    pen.lineTo(...at(frame[to]));
    pen.stroke();
  }
  if (!frame[0]) return;
  pen.fillStyle = MIDDLE;
  pen.beginPath();
  pen.arc(...at(frame[0]), canvas.height / 24, 0, 2 * Math.PI);
  pen.fill();
}
