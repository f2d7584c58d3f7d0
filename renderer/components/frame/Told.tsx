/** A sentence of the app's in which the words of the person, those within “ ” or „ “, stand in the person's own type. */

export function Told({ text }: { readonly text: string }) {
  return text.split(/(“[^”]*”|„[^“]*“)/u).map((part, at) => (/^[“„]./u.test(part) ? <span key={at} className="own" dir="auto">{part}</span> : part))
}
