/**
 * Stories of choices, written for these tests, with the phrases in which something was attended to between [[ and ]]. The
 * rules of phrases.ts were looked at beside the first part only; the second was written afterwards and is only measured.
 */

export const seen: readonly string[] = [
  'My aunt was dying, and I drove six hours to sit in her kitchen. [[I knew that she would not ask anybody to come]]. We hardly spoke, but [[she did not have to be alone with it]].',
  'Last week a new colleague made a mistake in front of the client. [[I saw how red he got]] and [[nobody was helping him]]. I said that I had given him the wrong numbers.',
  'My son wanted to quit the football team. I was about to say no. Then [[I heard that he was scared of the coach]], and [[he had been trying to tell me for weeks]]. We went home.',
  'I found a wallet with four hundred euros in it. [[Somebody would be looking for it right now]]. I called the number on the card and waited in the rain.',
  'We were all laughing about Martin. [[He laughed too, but his eyes did not]]. I changed the subject, because [[I did not want to be someone who buys a laugh with that]].',
  'I turned down the promotion. It was more money. But [[I would have had to sell something that I did not believe in]], and [[my team trusted me to say so]].',
  'On Sunday I stayed in bed and read. There was laundry everywhere. [[I noticed that I had not had a thought of my own for weeks]].',
  'My neighbour plays the trumpet at night. I went over to complain. [[He looked so lonely when he opened the door]] that I asked him to play something for me.',
  'My friend asked what I thought of her novel. [[She had worked on it for six years]], and [[she wanted to know the truth]]. I told her that the middle part was dull.',
  'I walked home instead of taking the bus. [[The light on the river was so beautiful that it felt wrong to rush past it]].',
  'The teacher said that my daughter was slow. I did not argue. [[I watched her build a tower and saw how carefully she thinks]]. I changed schools in the summer.',
  'A man shouted at the cashier. I stepped between them, although I was shaking. [[She was maybe seventeen and had tears in her eyes]].',
  'I told my boss on Friday that the report was wrong. [[He had promised the numbers to the board]], but [[people would have made decisions on a lie]].',
  'We could not agree where to put my father. My sister wanted a home. I asked him. [[Nobody had listened to what he wanted]]. He said that he wanted his garden.',
  'I had tickets for the final. My brother called and said that his baby was ill. I went over there. [[He sounded exhausted]], and [[he never asks for anything]].',
  'I gave up the apartment in the city and moved back to the village. [[I wanted to be somewhere where people know my name]]. It was cheaper, too.',
  'A student handed in a text that was not hers. I did not report her. I asked her to my office, because [[she was more afraid than lazy]]. We talked for an hour and [[she admitted that she could not keep up]].',
  'At the meeting everyone agreed with the plan. [[I felt that something was being hushed up]]. I asked the question again. It got very quiet.',
  'I deleted the app from my phone last month. [[I caught myself looking at it while my daughter was telling me a story]].',
  'An old man fell on the stairs of the station. Everyone walked past. I sat down next to him until the ambulance came. [[He was embarrassed and needed somebody to act as if it was nothing]].',
  'I stopped editing the photo and left it as it was. [[It was not perfect, but it was true]].',
  'I did not answer the angry mail for two days. [[I wanted to understand what had hurt him so much]]. Then I called.',
  'Ich bin nach der Arbeit noch zu Frau Keller gefahren. [[Sie hatte am Telefon so leise geklungen]], und [[ich wusste, dass sie sonst niemanden hat]]. Wir haben Karten gespielt.',
  'Mein Sohn wollte das Rad allein reparieren. Es dauerte drei Stunden. Ich habe mich danebengesetzt und nichts gesagt, weil [[er spüren sollte, dass ich ihm das zutraue]].',
  'Letzte Woche habe ich den Auftrag abgesagt. Das Geld hätten wir gebraucht. Aber [[ich hätte die Leute belügen müssen]].',
  'In der Sitzung hat der Chef die Praktikantin übergangen. [[Sie hatte die Idee gehabt, und niemand erwähnte es]]. Ich habe ihren Namen gesagt.',
  'Ich habe meiner Mutter den Führerschein nicht weggenommen. [[Ihre Freiheit bedeutet ihr mehr als alles andere]]. Wir üben jetzt jeden Samstag.',
  'Beim Umzug habe ich den alten Schrank behalten. [[Mein Großvater hat ihn mit eigenen Händen gebaut, und ich spüre das]].'
]

export const unseen: readonly string[] = [
  'My flatmate owed me rent again. I did not throw him out. [[He had just lost his job and was ashamed to say so]]. I gave him two more months.',
  'I was offered the scholarship by mistake. I wrote back to them the same day. [[Somebody else had earned that place]].',
  'We rehearsed the song forty times. On the night I let the choir sing it slowly, though the conductor frowned. [[I could hear that they finally meant the words]].',
  'I said no to the wedding. It was my cousin. [[She had invited me so that I would pay for the band]], and [[I did not want to be a wallet in a suit]].',
  'The patient asked me if he was going to die. The family wanted me to say nothing. [[He was looking straight at me and deserved an honest answer]]. I sat down and told him.',
  'I learned to repair shoes at fifty. My wife thought that I was mad. [[I love seeing a thing become useful again under my hands]].',
  'My daughter came home at three. I did not shout. [[She had called to say that she was safe]], and [[I remembered how little I told my own mother]].',
  'Two colleagues fought about the window. I moved my desk between them. [[Neither of them felt heard]].',
  'I handed the prize money to the whole team. [[None of us could have done it alone]]. The boss did not like it.',
  'At the border a family had no papers. I could have looked away. [[The children were freezing and the mother kept smiling at them]]. I opened the waiting room.',
  'I voted against my own proposal in the end. [[The quiet ones at the back had understood something that I had missed]].',
  'I took the longer way with the blind man. He knew the short one, but [[he wanted to smell the bakery]]. We were late for the meeting.',
  'My best friend cheated on his wife. I did not tell her. I told him that he had one week, because [[it was his to say]] and [[I could not go on lying to her face]].',
  'I left the party at ten. [[I noticed that I was only performing]]. I went to the harbour and watched the boats.',
  'The dog was old and could not climb the stairs any more. I carried him down every night for a year. [[He trusted me completely]].',
  'I paid the plumber what he asked. My brother says that I was cheated. [[He had come at night and explained everything to me patiently]].',
  'We named the baby after nobody. Both grandmothers were hurt. [[We wanted her to have a name that is hers alone]].',
  'I closed the shop for a week in August. [[My people looked tired, and nobody dared to ask for days off]].',
  'Im Zug hat ein Mann eine junge Frau angestarrt. Ich habe mich neben sie gesetzt. [[Sie wirkte, als hätte sie Angst]]. Wir haben über Bücher geredet.',
  'Ich habe die Prüfung abgebrochen und von vorn begonnen. [[Der Student war so nervös, dass er seinen Namen vergaß]]. Danach ging es gut.',
  'Meine Schwester und ich haben das Haus nicht verkauft. [[Dort sitzen wir alle noch einmal zusammen an einem Tisch]]. Es kostet uns viel.',
  'Ich habe dem Kunden gesagt, dass er die billigere Heizung nehmen soll. Der Meister war sauer. [[Der Mann hat mir vertraut]], und [[ich möchte nachts schlafen können]].',
  'Gestern bin ich nicht ans Telefon gegangen. [[Ich habe gemerkt, dass ich nur noch für andere da bin]]. Ich habe gekocht und Musik gehört.',
  'Ich habe meinem Vater verziehen. Er hat sich nie entschuldigt. [[Er ist alt, und ich wollte nicht, dass das zwischen uns stehen bleibt]].'
]

export interface Marked {
  readonly text: string
  /** Stretches of `text`, from and to. */
  readonly marks: readonly (readonly [number, number])[]
}

/** The story without its marks, and where they stood. */
export function unmark(story: string): Marked {
  const marks: (readonly [number, number])[] = []
  let text = ''
  for (const part of story.split(/(\[\[.*?\]\])/u)) {
    if (part.startsWith('[[')) marks.push([text.length, text.length + part.length - 4])
    text += part.startsWith('[[') ? part.slice(2, -2) : part
  }
  return { text, marks }
}
