using Tessera.Models.Adapters;
using Tessera.Models.Attention;
using Tessera.Models.Heads;
using Tessera.Tensors.Autodiff;

namespace Tessera.Models.State;

/// <summary>How a sequence keeps what it has seen.</summary>
public sealed record SequenceOptions
{
    /// <summary>The options used where none are given: F16 keys and values, pages of the process.</summary>
    public static SequenceOptions Default { get; } = new();

    /// <summary>F32 keys and values: what exact comparisons and training use.</summary>
    public static SequenceOptions Exact { get; } = new() { KeyValues = KeyValueOptions.Full };

    /// <summary>How keys and values are stored. Default F16.</summary>
    public KeyValueOptions KeyValues { get; init; } = new();

    /// <summary>
    /// How many tokens a recurrent layer can take back; each costs a copy of its state. Attention can always go back. Default 0: drafts and
    /// edited prompts then begin anew.
    /// </summary>
    public int Rollback { get; init; }

    /// <summary>
    /// Whether keys are kept as they are before the rotary rotation, and turned each time they are read: so that policies can compare them across
    /// positions, and slots can move. Costs a copy of what is read in every pass. Default false. Refused by models without a rotation.
    /// </summary>
    public bool RawKeys { get; init; }

    /// <summary>
    /// Whether cached keys are read at their index among the slots that are read, and queries behind them, instead of at the positions that they
    /// came with: a text may then be longer than the model's positions, as long as a policy keeps few slots. Default false; needs <see cref="RawKeys"/>.
    /// </summary>
    public bool Renumbers { get; init; }

    /// <summary>The adapter that the sequence's rows run through from its first token on; none if null, the default.</summary>
    public Adapter? Adapter { get; init; }

    /// <summary>
    /// The table that the sequence's ids are looked up in, [vocabulary, width], before the model's scaling; null, the default, for the model's own. With
    /// <see cref="Head"/> a sequence speaks a vocabulary of its own: a transplanted tokenizer, added tokens.
    /// </summary>
    public Parameter? Embedding { get; init; }

    /// <summary>The head that the sequence's logits come from; null, the default, for the model's own.</summary>
    public LanguageHead? Head { get; init; }

    /// <summary>
    /// Makes the policy of each new sequence, which decides what of it stays cached and what is read; null, the default, for plain attention. Where the
    /// policy renumbers, keys are kept raw whatever <see cref="RawKeys"/> says.
    /// </summary>
    public Func<IAttentionPolicy>? Policy { get; init; }

    /// <summary>Makes the schedule of each new sequence; null, the default, for none: all tokens run through all layers.</summary>
    public Func<Passes.LayerSchedule>? Schedule { get; init; }

    /// <summary>Where pages come from; the process's pool if null.</summary>
    public PagePool? Pages { get; init; }
}
