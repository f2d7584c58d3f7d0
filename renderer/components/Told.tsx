/** A sentence of the app's in which the words of the person, those within “ ”, stand in the person's own type. */

export function Told({ text }: { readonly text: string }) {
  return text.split(/(“[^”]*”)/u).map((part, at) => (part.startsWith('“') ? <span key={at} className="own">{part}</span> : part))
}
