namespace Tessera.Context.Compression;

/// <summary>A word that is put together from tokens, its probability, and whether it stays. Probabilities are added in single precision, as the package does.</summary>
internal sealed class PromptWord
{
    private readonly float _first;
    private readonly bool _firstSet;
    private float _sum, _rawSum;
    private int _tokens;
    private bool _allSet;
    private double? _decided;

    /// <summary>A word of one token.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="probability">The token's probability.</param>
    /// <param name="isSet">Whether that counts as 1, whatever the encoder says.</param>
    public PromptWord(string text, float probability, bool isSet)
    {
        Text = text;
        FirstRaw = _rawSum = probability;
        _first = _sum = isSet ? 1 : probability;
        _firstSet = _allSet = isSet;
        _tokens = 1;
    }

    /// <summary>The text.</summary>
    public string Text { get; set; }

    /// <summary>Where it stands in its context; −1 where words are spelt by tokens.</summary>
    public int Start { get; set; } = -1;

    /// <summary>One past its last character there.</summary>
    public int End { get; set; } = -1;

    /// <summary>The place of the forced text that it is; −1 for other words.</summary>
    public int Occurrence { get; init; } = -1;

    /// <summary>Whether it is one of the forced texts.</summary>
    public bool IsForced { get; set; }

    /// <summary>Tokens of the word by the tokenizer that counts: how often it votes for the threshold.</summary>
    public int Weight { get; set; }

    /// <summary>Whether it stays.</summary>
    public bool Kept { get; set; }

    /// <summary>The first token's probability by the encoder.</summary>
    public float FirstRaw { get; }

    /// <summary>Adds a token.</summary>
    /// <param name="text">What it adds to the text.</param>
    /// <param name="probability">Its probability by the encoder.</param>
    /// <param name="isSet">Whether it counts as 1.</param>
    /// <param name="raw">What it adds to the probability that ranks contexts.</param>
    public void Add(string text, float probability, bool isSet, float raw)
    {
        Text += text;
        _sum += isSet ? 1 : probability;
        _rawSum += raw;
        _allSet &= isSet;
        _tokens++;
    }

    /// <summary>Settles the probability, whatever the tokens say: 1 for what must stay, 0 for what must go.</summary>
    public void Set(double probability) => _decided = probability;

    /// <summary>What decides whether it stays.</summary>
    public double Probability(WordProbability mode) => _decided ?? (mode == WordProbability.First ? _first : _sum / _tokens);

    /// <summary>The probability by the encoder alone, which ranks contexts.</summary>
    public float Raw(WordProbability mode) => mode == WordProbability.First ? FirstRaw : _rawSum / _tokens;

    /// <summary>Whether its probability was set rather than computed; the package then goes over to double precision.</summary>
    public bool IsSet(WordProbability mode) => _decided is not null || (mode == WordProbability.First ? _firstSet : _allSet);
}
