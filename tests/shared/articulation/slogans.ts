/** Forty slogans, ten of each of four sides, and lines of people's own that are none. Written down for these tests; nobody's view is ours. */

export const slogans: Readonly<Record<'left' | 'right' | 'libertarian' | 'green', readonly string[]>> = {
  left: ['Workers of the world, unite', 'Tax the rich', 'Housing is a human right', 'People over profit', 'No justice, no peace', 'Black lives matter', 'My body, my choice', 'Healthcare for all', 'Refugees welcome', 'Solidarity forever'],
  right: ['Family values', 'Make our country great again', 'Law and order', 'All lives matter', 'God, family, country', 'Secure the border', 'Tradition is our strength', 'Faith over fear', 'Support our troops', 'Life begins at conception'],
  libertarian: ['Taxation is theft', 'Live free or die', 'Don’t tread on me', 'Less government, more freedom', 'End the Fed', 'Freedom is not free', 'Free markets, free people', 'Power corrupts', 'Personal responsibility', 'My money, my choice'],
  green: ['There is no planet B', 'System change, not climate change', 'Keep it in the ground', 'Water is life', 'Reduce, reuse, recycle', 'Go vegan', 'Save the planet', 'Meat is murder', 'Climate justice now', 'Act now']
}

export const others: readonly string[] = [
  'Honour thy father and mother', 'Jesus saves', 'Pray for peace', 'Religion is poison', 'Alle Menschen sind gleich', 'Wir schaffen das', 'Heimat bewahren', 'Kein Mensch ist illegal', 'Leistung muss sich lohnen', 'Ob Ost, ob West, daheim das Best', 'The NHS is not for sale', 'ALL FOR ONE AND ONE FOR ALL'
]

export const own: readonly string[] = [
  'MOMENTS where my friend says the thing nobody else will', 'SIGNS that somebody wants to be left in peace', 'FAMILY who are ill and need somebody with them', 'PEOPLE who are always interrupted', 'CHANCES to give somebody the credit that is theirs',
  'I knew that she would not ask anybody to come', 'She did not have to be alone with it', 'he laughed, but his eyes did not', 'I noticed that I had not had a thought of my own for weeks', 'what he would say if nobody were listening',
  'my sister’s face when I told her', 'He sounded exhausted when he called me', 'whether she could still say no', 'how quietly he asked for help', 'the children who were freezing at the border',
  'I could hear that they finally meant the words', 'MOMENTE, in denen jemand schweigt, der sonst redet', 'Ich wusste, dass sie sonst niemanden hat', 'Sie hatte am Telefon so leise geklungen', 'wie er mich ansah, als ich nein sagte',
  'PROMISES that others have planned around', 'EVENINGS I can spend beside somebody, saying little', 'WORK that I would sign with my own name', 'the light on the river that evening', 'She had worked on it for six years',
  'Das ZÖGERN vor der Antwort', 'A LOOK that lasts', 'Ob jemand friert', 'Wer noch nicht gesprochen hat', 'Wie mein Vater schweigt', 'Was niemand sagt'
]

/** Forty more, written down after the rules were made. */
export const fresh: typeof slogans = {
  left: ['Eat the rich', 'An injury to one is an injury to all', 'Bread and roses', 'Trans rights are human rights', 'Abolish the police', 'Love is love', 'Fight for fifteen', 'Nobody is illegal', 'Public good over private greed', 'The many, not the few'],
  right: ['America first', 'Back the blue', 'Blood and soil', 'Blue lives matter', 'Marriage is one man and one woman', 'Stop the boats', 'In God we trust', 'Faith, flag and family', 'Build the wall', 'Kinder, Küche, Kirche'],
  libertarian: ['My rights don’t end where your feelings begin', 'Government is not the solution', 'Leave us alone', 'Guns save lives', 'Liberty or death', 'Laissez faire', 'No taxation without representation', 'Free minds and free markets', 'The state is the enemy', 'Regulation kills jobs'],
  green: ['Think global, act local', 'Nature needs no people, people need nature', 'Leave no trace', 'Extinction is forever', 'Rise up for the climate', 'Less is more', 'Fossil fuels are finished', 'One earth, one chance', 'Trees not cars', 'Growth is killing us']
}

/** What people who live by each of these sides might say of a choice of theirs. */
export const noticed: Readonly<Record<keyof typeof slogans, readonly string[]>> = {
  left: ['She cleaned our office for nine years and nobody knew her last name', 'WORKERS who stay quiet because they fear the next shift list', 'I gave up my bonus so that the temps were paid in August', 'NEIGHBOURS who cannot pay the heating and do not say so', 'the way he hid his worn shoes under the table', 'PEOPLE at the edge of the room who have not spoken yet', 'who had to clean up after we left', 'RENTERS who ask three times before they dare to ask again', 'I joined the strike because my sister could not', 'He had no papers and still corrected my spelling'],
  right: ['my grandfather’s medal, which he never wore', 'SUNDAYS when all of us sit at one table', 'I told my son that I keep my word even when it hurts', 'DUTIES that nobody thanks me for', 'the flag on her coffin and her mother’s hands on it', 'CUSTOMS that my children can still learn from the old ones', 'I prayed before I signed it', 'OFFICERS who come at night when I call', 'he asked for her blessing before he asked her', 'PROMISES made in front of the whole village'],
  libertarian: ['DECISIONS that are mine to get wrong', 'I did not want anybody to sign for me', 'I read the contract twice and said no', 'CUSTOMERS who can walk away at any time', 'whether he could still say no to us', 'I keep what I earned with my own hands and give when I choose', 'DOORS that open from the inside', 'the permit took eleven months and my loan ran out', 'PEOPLE who would rather try it themselves', 'he never asked me what I wanted to do with it'],
  green: ['the swallows that did not come back in May', 'RIVERS I can still drink from', 'I walked because the air was so clear that morning', 'THINGS that can be repaired on the kitchen table', 'how thin the soil was after the rain', 'TREES that will be tall when I am not here', 'I felt ashamed of the third flight that year', 'COWS that know the person who milks them', 'she picked up every bottle on the way home', 'SEASONS in what we eat']
}
