/** What the rooms are for, and the keys. */
import { addressOf } from '../store.ts'

export function Help() {
  return (
    <div className="column">
      <h1 tabIndex={-1}>Help</h1>
      <p className="lead">A private notebook that can also answer “what would my agent do?”.</p>
      <dl className="help">
        <dt><a href={addressOf({ room: 'values', card: null })}>Values</a></dt>
        <dd>What you pay attention to when you choose well, in your own words, and when it shows up. A card in force is what an agent of yours would be guided by.</dd>
        <dt><a href={addressOf({ room: 'map', view: 'picture' })}>Map</a></dt>
        <dd>Which of your values is wiser, and in which kind of situation. It holds there, and nowhere else.</dd>
        <dt><a href={addressOf({ room: 'rehearse', scenario: null })}>Rehearse</a></dt>
        <dd>A situation with its options, and what an agent guided by your cards would do: its choice, or that it would ask you, and why. Mend a card, and see the choice change.</dd>
      </dl>
      <h2>Keys</h2>
      <dl className="keys">
        <dt><kbd>Tab</kbd> <kbd>Shift Tab</kbd></dt><dd>on to the next thing, or back</dd>
        <dt><kbd>Enter</kbd> <kbd>Space</kbd></dt><dd>do it</dd>
        <dt><kbd>Ctrl</kbd> or <kbd>Cmd</kbd> <kbd>Z</kbd></dt><dd>take back your last edit; with <kbd>Shift</kbd>, make it again</dd>
        <dt><kbd>Ctrl</kbd> or <kbd>Cmd</kbd> <kbd>K</kbd></dt><dd>go to any room, value or situation by its name</dd>
        <dt><kbd>Esc</kbd></dt><dd>close a question without doing anything</dd>
      </dl>
      <h2>What stays here</h2>
      <p>Everything. The notebook, the model and its answers are on this device. Nothing is sent anywhere.</p>
    </div>
  )
}
