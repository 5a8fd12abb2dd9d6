/** Feedback on answers: the server alone knows what is right. The game never waits for it. */

/**
 * Ask about the first answer to each image, at once, and have the player show what comes back in time.
 * @param {object} parts
 * @param {import("./input.js").Input} parts.input
 * @param {import("./player.js").Player} parts.player
 * @param {{feedback: (question: object) => Promise<import("./network.js").Answer>}} parts.api
 * @param {number} parts.duration_ms how long it is shown
 */
export function giveFeedback({ input, player, api, duration_ms }) {
  let asked = null;
  input.onPress(async (press) => {
    const { current: position, current_onset: onset } = player;
    // A key that comes late belongs to the image before, which is gone.
    if (position === null || position === asked || !press.is_answer || press.at < onset) return;
    asked = position;
    try {
      const question = { position, key: press.key, rt_ms: press.at - onset };
      const { status, body } = await api.feedback(question);
      if (status === 200 && typeof body?.is_correct === "boolean")
        player.comment(position, body.is_correct, duration_ms);
    } catch {
      // No answer: none is shown.
    }
  });
}
