// Staying at the newest line, but only while the reader is there.

const NEAR = 8;
const SOME = 40;

/** Emits "change" when the reader leaves the end or comes back to it. */
export class StickToEnd extends EventTarget {
  constructor(scroller, content) {
    super();
    this.scroller = scroller;
    this.stuck = true;
    this.lastTop = 0;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.observer = new ResizeObserver(() => this.#grown());
    this.observer.observe(content);
    this.observer.observe(scroller);
  }

  /** Whether the end is more than a screen away. */
  get isFar() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    return scrollHeight - scrollTop > 2 * clientHeight;
  }

  /** Whether some of an element is in sight. */
  shows(element) {
    const view = this.scroller.getBoundingClientRect();
    const { bottom, top } = element.getBoundingClientRect();
    return bottom > view.top + SOME && top < view.bottom - SOME;
  }

  /** For something new at the end: where it is longer than the view, its beginning comes first. */
  showBeginning(element) {
    if (!this.stuck || element.offsetHeight <= this.scroller.clientHeight) return;
    this.release();
    element.scrollIntoView({ block: "start" });
  }

  /** Goes to the end and stays there. */
  toEnd() {
    this.#stick(true);
    this.#grown();
  }

  /** Stays where the reader is, whatever grows. */
  release() {
    this.#stick(false);
  }

  /** Does something that changes the height above, and keeps the reader's line where it is. */
  async keepPlace(act) {
    const below = this.scroller.scrollHeight - this.scroller.scrollTop;
    await act();
    this.scroller.scrollTop = this.scroller.scrollHeight - below;
    this.lastTop = this.scroller.scrollTop;
  }

  #grown() {
    if (!this.stuck) return;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.lastTop = this.scroller.scrollTop;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (scrollHeight - scrollTop - clientHeight < NEAR) this.#stick(true);
    else if (scrollTop < this.lastTop - 1) this.#stick(false);
    this.lastTop = scrollTop;
  }

  #stick(stuck) {
    if (stuck === this.stuck) return;
    this.stuck = stuck;
    this.dispatchEvent(new Event("change"));
  }
}
