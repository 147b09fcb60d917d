// Fetches the executions again every second, and leaves the page as it is while
// nothing has changed.
const list = document.getElementById("executions");
let last = list.innerHTML;

async function refresh() {
  try {
    const answer = await fetch("/ui/executions");
    const text = await answer.text();
    if (answer.ok && text !== last) {
      list.innerHTML = text;
      last = text;
    }
    document.body.classList.toggle("gone", !answer.ok);
  } catch {
    document.body.classList.add("gone"); // the runner has stopped: the page stays as it was
  }
  setTimeout(refresh, 1000);
}
setTimeout(refresh, 1000);
