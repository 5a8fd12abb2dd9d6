/** Keeps the progress of jobs on a page true while they run, and loads the page again when one ends. */

const EVERY_MS = 1000;

async function follow(element) {
  if (!["waiting", "running"].includes(element.dataset.state)) return;
  try {
    const answer = await fetch(element.dataset.job, { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const job = await answer.json();
      show(element, job);
      if (!["waiting", "running"].includes(job.state)) return location.reload();
    }
  } catch {
    // The network is away for a moment; the next time tells.
  }
  setTimeout(() => follow(element), EVERY_MS);
}

function show(element, job) {
  const bar = element.querySelector("progress");
  if (job.total) {
    bar.max = job.total;
    bar.value = job.done;
  }
  const far = job.total ? `${job.done.toLocaleString("en")} of ${job.total.toLocaleString("en")} ${job.unit}` : "";
  element.querySelector(".job-state").textContent = job.state;
  element.querySelector(".job-far").textContent = far;
  element.querySelector(".job-message").textContent = job.message;
}

for (const element of document.querySelectorAll("[data-job]")) follow(element);
