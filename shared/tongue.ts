/**
 * Whether words are in another language than English, as far as that can be told without a model: by their script, and by the small
 * words that stand in every sentence of a dozen languages. It answers only where it is fairly sure: a short line without such
 * words counts as English, since names, quotations and single words of other languages stand in English texts every day.
 */

/** More letters of another script than of the Latin one, or the small words of another language outnumber the English ones. */
export function isForeign(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0
  if (letters > 0 && latin * 2 < letters) return true
  const count = smallWordsIn(text)
  const own = count(english)
  return others.some((small) => {
    const found = count(small)
    return found >= 2 && found > 1.5 * own
  })
}

/** The small words of German outnumber those of every other language. */
export function isGerman(text: string): boolean {
  const count = smallWordsIn(text)
  const found = count(german)
  return found >= 2 && [english, ...others].every((small) => small === german || count(small) < found)
}

function smallWordsIn(text: string): (small: ReadonlySet<string>) => number {
  const words = text.toLowerCase().match(/[\p{L}'’]+/gu) ?? []
  return (small) => words.filter((word) => small.has(word)).length
}

/** Words that two of the languages share are given to each of them, but not those that are English too. */
const list = (words: string): ReadonlySet<string> => new Set(words.split(' '))

const english = list('the of and to a in is it you that he was for on are with as i his they be at this have from or had by not but what we when your can said there an which she do how their if will up about out them then her would so these him into has more no could my than been who its now did get may am me our just only over where most after also don’t don\'t isn\'t it\'s i\'m being someone something should')
const german = list('der die das und ist nicht ich du zu ein eine einen einem den dem mit auf für von sich im es wenn auch als wie wir sie er aus bei nach sind wird dass mein meine meinem dein deine deinen deinem deiner kein keine über oder aber mich mir dich dir sein hat haben noch nur')
const others: readonly ReadonlySet<string>[] = [
  german,
  list('le la les un une des du et est pas que qui dans pour sur avec je tu il elle nous vous ils ne ce se mon ma mes son sa ses au aux mais ou où sans être quand plus leur cette comme même'), // French
  list('el la los las un una y es no que de en por para con su sus mi mis lo le se como pero más cuando sin sobre yo tú él ella nos muy este esta si ya del al algo'), // Spanish
  list('il lo gli le un una e è non che di per con del della dei nel nella sul mi ti si ci mio mia suo sua come ma più quando sono al alla anche io questo questa senza'), // Italian
  list('os as um uma e é não que de em por para com do da dos das no na meu minha seu sua se como mas mais quando eu ele ela nos este esta sem ao ou também muito'), // Portuguese
  list('de het een en van is niet dat ik je op te voor met zijn aan er maar om hij ze wij die dit ook als bij uit naar mijn geen nog wel'), // Dutch
  list('och är att det en ett som på inte jag du han hon vi de för med av till den om så min mitt sin kan när från har'), // Swedish
  list('og er at det en et som på ikke jeg du han hun vi de for med av til den om så min mitt sin kan når fra har af'), // Danish, Norwegian
  list('i w na nie się z do że jest jak ale po od za co tak mnie mój moja być dla przez gdy kiedy lub czy tego ta są mi'), // Polish
  list('a je v na se že s z do ne si jako ale po od za co tak mě můj moje být když nebo ta jsou mi ve jsem není'), // Czech
  list('ve bir bu da de için ile ne çok ama gibi daha ben sen o biz siz onlar benim mi mı değil var yok olarak kadar sonra'), // Turkish
  list('dan yang di ini itu untuk dengan tidak dari ke pada adalah saya kamu dia kami mereka akan ada juga atau karena jika seperti bisa'), // Indonesian
  list('ja on ei se että en ole olla mutta kun niin minä sinä hän me he tai jos kuin myös mikä minun sen oli'), // Finnish
  list('și este nu că de la în cu pe un o să mai din pentru care eu tu el ea noi sau dar când mea meu lui sunt') // Romanian
]
