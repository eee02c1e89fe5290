import '../../shared/src/elements/submit-form.css';
import './base.css';
