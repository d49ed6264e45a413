// Puts a popover beside what opened it, inside the window: below, or above where there is no room.
export function placeBeside(overlay, anchor) {
  const edge = 8;
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = overlay;
  const below = at.bottom + 4;
  const top = below + height > innerHeight - edge ? Math.max(edge, at.top - height - 4) : below;
  const left = Math.max(edge, Math.min(at.left, innerWidth - width - edge));
  overlay.style.inset = `${top}px auto auto ${left}px`;
}
