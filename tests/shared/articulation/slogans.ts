/** Forty slogans, ten of each of four sides, and lines of people's own that are none. Written down for these tests; nobody's view is ours. */

export const slogans: Readonly<Record<'left' | 'right' | 'libertarian' | 'green', readonly string[]>> = {
  left: ['Workers of the world, unite', 'Tax the rich', 'Housing is a human right', 'People over profit', 'No justice, no peace', 'Black lives matter', 'My body, my choice', 'Healthcare for all', 'Refugees welcome', 'Solidarity forever'],
  right: ['Family values', 'Make our country great again', 'Law and order', 'All lives matter', 'God, family, country', 'Secure the border', 'Tradition is our strength', 'Faith over fear', 'Support our troops', 'Life begins at conception'],
  libertarian: ['Taxation is theft', 'Live free or die', 'Don’t tread on me', 'Less government, more freedom', 'End the Fed', 'Freedom is not free', 'Free markets, free people', 'Power corrupts', 'Personal responsibility', 'My money, my choice'],
  green: ['There is no planet B', 'System change, not climate change', 'Keep it in the ground', 'Water is life', 'Reduce, reuse, recycle', 'Go vegan', 'Save the planet', 'Meat is murder', 'Climate justice now', 'Act now']
}

export const others: readonly string[] = [
  'Honour thy father and mother', 'Jesus saves', 'Pray for peace', 'Religion is poison', 'Alle Menschen sind gleich', 'Wir schaffen das', 'Heimat bewahren', 'Kein Mensch ist illegal', 'Leistung muss sich lohnen', 'ALL FOR ONE AND ONE FOR ALL'
]

export const own: readonly string[] = [
  'MOMENTS where my friend says the thing nobody else will', 'SIGNS that somebody wants to be left in peace', 'FAMILY who are ill and need somebody with them', 'PEOPLE who are always interrupted', 'CHANCES to give somebody the credit that is theirs',
  'I knew that she would not ask anybody to come', 'She did not have to be alone with it', 'he laughed, but his eyes did not', 'I noticed that I had not had a thought of my own for weeks', 'what he would say if nobody were listening',
  'my sister’s face when I told her', 'He sounded exhausted when he called me', 'whether she could still say no', 'how quietly he asked for help', 'the children who were freezing at the border',
  'I could hear that they finally meant the words', 'MOMENTE, in denen jemand schweigt, der sonst redet', 'Ich wusste, dass sie sonst niemanden hat', 'Sie hatte am Telefon so leise geklungen', 'wie er mich ansah, als ich nein sagte',
  'PROMISES that others have planned around', 'EVENINGS I can spend beside somebody, saying little', 'WORK that I would sign with my own name', 'the light on the river that evening', 'She had worked on it for six years'
]
