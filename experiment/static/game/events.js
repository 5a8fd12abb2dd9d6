/** What disturbs the game: another window, another tab, another size. */

const RESIZE_MS = 250; // a window that is being dragged is one event

/**
 * Record disturbances until the returned function is called.
 * @param {object} page
 * @param {Window} page.window
 * @param {Document} page.document
 * @param {(event: string, at: number, detail?: Record<string, string|number|boolean|null>) => void} record
 */
export function watchDisturbances({ window, document }, record) {
  let resizing = null;
  let ratio = window.devicePixelRatio;
  const noticeZoom = (at) => {
    if (window.devicePixelRatio === ratio) return;
    const before = ratio;
    ratio = window.devicePixelRatio;
    record("zoom", at, { device_pixel_ratio: ratio, before });
  };
  const at = (event) => event.timeStamp || window.performance.now();
  const size = () => ({
    viewport_width_px: window.innerWidth,
    viewport_height_px: window.innerHeight,
  });
  const listeners = [
    [window, "blur", (event) => event.target === window && record("blur", at(event))],
    [window, "focus", (event) => event.target === window && record("focus", at(event))],
    [
      document,
      "visibilitychange",
      (event) => record("visibilitychange", at(event), { state: document.visibilityState }),
    ],
    [
      document,
      "fullscreenchange",
      (event) =>
        record(document.fullscreenElement ? "fullscreenenter" : "fullscreenexit", at(event)),
    ],
    [
      window,
      "resize",
      (event) => {
        window.clearTimeout(resizing);
        const begun = at(event);
        noticeZoom(begun);
        resizing = window.setTimeout(() => record("resize", begun, size()), RESIZE_MS);
      },
    ],
  ];
  for (const [target, name, listener] of listeners) target.addEventListener(name, listener);
  const stopZoom = watchPixelRatio(window, (event) => noticeZoom(at(event)));
  return () => {
    stopZoom();
    for (const [target, name, listener] of listeners) target.removeEventListener(name, listener);
  };
}

/** A zoom that leaves the window's size as it is comes without a resize. */
function watchPixelRatio(window, onChange) {
  let query = null;
  const listen = () => {
    query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener("change", changed, { once: true });
  };
  const changed = (event) => {
    onChange(event);
    listen();
  };
  listen();
  return () => query.removeEventListener("change", changed);
}

/** What the browser says of itself. @param {Window} window */
export function describeDevice(window, frame_ms) {
  const isCoarse = window.matchMedia("(pointer: coarse)").matches;
  const shortSide = Math.min(window.screen.width, window.screen.height);
  return {
    device_class: !isCoarse ? "desktop" : shortSide < 600 ? "phone" : "tablet",
    viewport_width_px: window.innerWidth,
    viewport_height_px: window.innerHeight,
    device_pixel_ratio: window.devicePixelRatio,
    frame_ms,
    touch: isCoarse,
  };
}
