/** Two soft notes, made here so that no file is loaded. */
const notesHz = [660, 880] as const;
const noteS = 0.14;
const volume = 0.06;

/** Plays once; browsers allow it after the visitor's first press on the page, and stay silent before. */
export function playChime(): void {
  if (typeof AudioContext === "undefined") return;
  const context = new AudioContext();
  const gain = context.createGain();
  gain.connect(context.destination);
  const begin = context.currentTime + 0.02;
  gain.gain.setValueAtTime(volume, begin);
  gain.gain.exponentialRampToValueAtTime(0.0001, begin + noteS * notesHz.length + 0.15);
  notesHz.forEach((hz, index) => {
    const note = context.createOscillator();
    note.frequency.value = hz;
    note.connect(gain);
    note.start(begin + index * noteS);
    note.stop(begin + (index + 1) * noteS + 0.1);
    if (index === notesHz.length - 1) note.onended = () => void context.close();
  });
}
