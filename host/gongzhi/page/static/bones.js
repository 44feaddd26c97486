/** Takes the 13 joints of one moment (learn/features.py), and both hands' points where there are any, draws them as a
 * body with its hands, which stand in the lower corners once more, large; blue is the person's left. */

const [LEFT, RIGHT, MIDDLE] = ["#1463a5", "#c2410c", "#475569"];
// Pairs of the joints, in the order of learn/features.py.
const BONES = [
  [1, 2, MIDDLE], [7, 8, MIDDLE], [1, 7, MIDDLE], [2, 8, MIDDLE], [1, 3, LEFT], [3, 5, LEFT], [2, 4, RIGHT],
  [4, 6, RIGHT], [7, 9, LEFT], [9, 11, LEFT], [8, 10, RIGHT], [10, 12, RIGHT],
]; // prettier-ignore
/** Of a hand's 21 points (gongzhi/seen.py): each finger from the wrist or the next one's knuckle, and the palm's edge. */
export const FINGERS = [[0, 1, 2, 3, 4], [0, 5, 6, 7, 8], [5, 9, 10, 11, 12], [9, 13, 14, 15, 16], [13, 17, 18, 19, 20], [0, 17]];

/** `frame`: [x, y] of each joint in trunks from mid-hip, y up, or null for one that is not seen; then 21 points of the
 * left hand and of the right. */
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
  if (frame[0]) {
    pen.fillStyle = MIDDLE;
    pen.beginPath();
    pen.arc(...at(frame[0]), canvas.height / 24, 0, 2 * Math.PI);
    pen.fill();
  }
  for (const [first, colour, side] of [[13, LEFT, 1], [34, RIGHT, -1]]) {
    const points = frame.slice(first, first + 21);
    if (points.length < 21 || points.includes(null)) continue;
    hand(pen, points.map(at), colour, Math.max(1, canvas.height / 160));
    hand(pen, large(canvas, points, side), colour, Math.max(2, canvas.height / 100));
  }
}

function hand(pen, points, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.lineJoin = "round";
  for (const finger of FINGERS) {
    pen.beginPath();
    for (const point of finger) pen.lineTo(...points[point]);
    pen.stroke();
  }
}

/** The same hand in a lower corner, a quarter of the picture high whatever its size. */
function large(canvas, points, side) {
  const middle = [0, 1].map((axis) => (Math.min(...points.map((one) => one[axis])) + Math.max(...points.map((one) => one[axis]))) / 2);
  const reach = Math.max(...points.map(([x, y]) => Math.hypot(x - middle[0], y - middle[1])), 1e-3);
  const unit = canvas.height / 8 / reach;
  const x = canvas.width / 2 + side * (canvas.width / 2 - canvas.height / 7);
  return points.map((one) => [x + (one[0] - middle[0]) * unit, canvas.height * 0.84 - (one[1] - middle[1]) * unit]);
}
