// The sample pictures that this server ships.

const TITLES = {
  "solvay_1927.jpg": "Solvay Conference, 1927",
  "cabinet_meeting_2013.jpg": "A meeting, 2013",
  "mona_lisa.jpg": "Mona Lisa",
  "obama_portrait_2012.jpg": "Barack Obama, 2012",
  "obama_2009.jpg": "Barack Obama, 2009",
  "pearl_earring.jpg": "Girl with a Pearl Earring",
  "van_gogh.jpg": "Van Gogh, 1887",
  "solvay_1911.jpg": "Solvay Conference, 1911",
  "astronaut.jpg": "Eileen Collins",
  "grace_hopper.jpg": "Grace Hopper",
};

/** [{file, title, url}], those first that show most. */
export function samples() {
  const shipped = document.querySelector("meta[name=hexaface-samples]").content.split(" ");
  return Object.entries(TITLES)
    .filter(([file]) => shipped.includes(file))
    .map(([file, title]) => ({ file, title, url: `/_portal/samples/${file}` }));
}

/** A sample as a file, as if it had been chosen. */
export async function fetchSample({ file, url }) {
  const blob = await (await fetch(url)).blob();
  return new File([blob], file, { type: blob.type });
}
