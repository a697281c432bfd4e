// What the tabs of one browser tell each other.

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("mosaic") : null;

export const tabs = {
  /** Tells every other tab. */
  tell(kind, detail = {}) {
    channel?.postMessage({ kind, detail });
  },

  /** Hears what other tabs tell; gives the function that stops listening. */
  listen(kind, listener) {
    const hear = ({ data }) => {
      if (data.kind === kind) listener(data.detail);
    };
    channel?.addEventListener("message", hear);
    return () => channel?.removeEventListener("message", hear);
  },
};
