/** Takes the numbers of a sensor's channels over time, draws them as curves, those of one unit on one scale. */

const COLOURS = ["#b91c1c", "#15803d", "#1463a5", "#7c3aed", "#c2410c", "#475569"];

/** `channels`: of each one its numbers; `names` and `unit` of them ("g, °/s" where rotation is among them); `whole`: so
 *  many numbers fill the width. */
export function traces(canvas, channels, names, unit, whole = 0) {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (!channels.flat().length) return;
  const units = unit.split(", ");
  const of = (i) => (units.length > 1 && names[i].startsWith("r") ? 1 : 0);
  const scales = units.map((_, k) => {
    const all = channels.filter((_, i) => of(i) === k).flat();
    return [Math.min(...all), Math.max(...all, Math.min(...all) + 1e-6)];
  });
  const count = Math.max(whole, ...channels.map((values) => values.length), 2);
  const small = canvas.width < 300; // there is no room for the scales
  pen.lineWidth = small ? 2 : 3;
  pen.font = `700 ${small ? 11 : 18}px system-ui, sans-serif`;
  pen.textAlign = "left";
  let x = 8;
  channels.forEach((values, i) => {
    const [low, high] = scales[of(i)];
    pen.strokeStyle = pen.fillStyle = COLOURS[i % COLOURS.length];
    pen.beginPath();
    values.forEach((value, n) => pen.lineTo(6 + (n / (count - 1)) * (canvas.width - 12), canvas.height - 10 - ((value - low) / (high - low)) * (canvas.height - 46)));
    pen.stroke();
    pen.fillText(names[i], x, 22);
    x += pen.measureText(names[i]).width + (small ? 8 : 16);
  });
  if (small) return;
  pen.fillStyle = "#475569";
  pen.textAlign = "right";
  pen.fillText(scales.map(([low, high], k) => `${low.toFixed(1)} … ${high.toFixed(1)} ${units[k]}`).join("   "), canvas.width - 8, 22);
}
